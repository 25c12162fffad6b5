/* Memory for nodes: slabs of 64 KB, refilled in the order of addresses.

   Nodes made one after another lie side by side, also in a slab that was used before, so the sweep reads
   memory in order. Slabs come from arenas of 1 MB; empty arenas beyond a few are given back. */

#include <stdint.h>
#include <stdlib.h>

#define SLAB_BYTES 65536
#define SLABS 16 /* of an arena */
#define KEPT_ARENAS 16
#define HEADER_BYTES 256
#define SLOTS ((SLAB_BYTES - HEADER_BYTES) / (int)sizeof(Node))
#define WORDS ((SLOTS + 63) / 64)

#if defined(__SANITIZE_ADDRESS__)
#define PLAIN_MALLOC /* the sanitizer sees each node */
#endif

#ifdef PLAIN_MALLOC
static void *allocate(void) { return malloc(sizeof(Node)); }
static void release(void *node) { free(node); }
#else

#ifdef _WIN32
#include <windows.h>
#include <intrin.h>
static int lowest(uint64_t word) {
  unsigned long place;
  _BitScanForward64(&place, word);
  return (int)place;
}
static char *map_arena(void) { /* Windows aligns to 64 KB */
  return VirtualAlloc(NULL, SLABS * SLAB_BYTES, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
}
static void unmap_arena(char *start) { VirtualFree(start, 0, MEM_RELEASE); }
#else
#include <sys/mman.h>
#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif
static int lowest(uint64_t word) { return __builtin_ctzll(word); }
static char *map_arena(void) {
  size_t size = SLABS * SLAB_BYTES, more = size + SLAB_BYTES;
  char *found = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (found == MAP_FAILED) return NULL;
  char *start = (char *)(((uintptr_t)found + SLAB_BYTES - 1) & ~(uintptr_t)(SLAB_BYTES - 1));
  if (start > found) munmap(found, start - found);
  if (start + size < found + more) munmap(start + size, found + more - start - size);
  return start;
}
static void unmap_arena(char *start) { munmap(start, SLABS * SLAB_BYTES); }
#endif

typedef struct { char *start; int empty; } Arena;

typedef struct Slab {
  struct Slab *next, *previous; /* in one of the two lists */
  Arena *arena;
  int used, word, listed;
  uint64_t vacant[WORDS]; /* a bit for every slot */
} Slab;

typedef char header_fits[sizeof(Slab) <= HEADER_BYTES ? 1 : -1];

enum { UNLISTED, EMPTY, PARTIAL };
static Slab *lists[3], *current;
static int empty_arenas;

static void unlist(Slab *slab) {
  if (slab->listed == UNLISTED) return;
  if (slab->next) slab->next->previous = slab->previous;
  if (slab->previous) slab->previous->next = slab->next;
  else lists[slab->listed] = slab->next;
  slab->listed = UNLISTED;
}

static void list(Slab *slab, int which) {
  slab->next = lists[which];
  slab->previous = NULL;
  if (slab->next) slab->next->previous = slab;
  lists[which] = slab;
  slab->listed = which;
}

static int add_arena(void) {
  Arena *arena = malloc(sizeof *arena);
  char *start = arena ? map_arena() : NULL;
  if (!start) {
    free(arena);
    return 0;
  }
  arena->start = start;
  arena->empty = SLABS;
  empty_arenas++;
  for (int i = SLABS; i--;) { /* the lowest is the first of the list */
    Slab *slab = (Slab *)(start + i * SLAB_BYTES);
    slab->arena = arena;
    slab->used = slab->word = 0;
    for (int k = 0; k < SLOTS; k++) slab->vacant[k / 64] |= (uint64_t)1 << (k % 64);
    list(slab, EMPTY);
  }
  return 1;
}

static Slab *next_slab(void) {
  Slab *slab = lists[PARTIAL];
  if (!slab) {
    if (!lists[EMPTY] && !add_arena()) return NULL;
    slab = lists[EMPTY];
    if (slab->arena->empty-- == SLABS) empty_arenas--;
  }
  unlist(slab);
  slab->word = 0;
  return slab;
}

static void *allocate(void) {
  for (;;) {
    if (current) {
      for (; current->word < WORDS; current->word++) {
        uint64_t vacant = current->vacant[current->word];
        if (vacant) {
          current->vacant[current->word] = vacant & (vacant - 1);
          current->used++;
          return (char *)current + HEADER_BYTES + sizeof(Node) * (current->word * 64 + lowest(vacant));
        }
      }
    }
    Slab *full = current;
    current = next_slab();
    if (!current) {
      current = full;
      return NULL;
    }
  }
}

static void empty(Slab *slab) {
  Arena *arena = slab->arena;
  unlist(slab);
  list(slab, EMPTY);
  if (++arena->empty < SLABS || ++empty_arenas <= KEPT_ARENAS) return;
  for (int i = 0; i < SLABS; i++) unlist((Slab *)(arena->start + i * SLAB_BYTES));
  unmap_arena(arena->start);
  free(arena);
  empty_arenas--;
}

static void release(void *node) {
  Slab *slab = (Slab *)((uintptr_t)node & ~(uintptr_t)(SLAB_BYTES - 1));
  unsigned slot = (unsigned)((char *)node - (char *)slab - HEADER_BYTES) / (unsigned)sizeof(Node);
  int word = (int)(slot / 64);
  slab->vacant[word] |= (uint64_t)1 << (slot % 64);
  slab->used--;
  if (slab == current) {
    if (word < slab->word) slab->word = word;
  } else if (!slab->used) {
    empty(slab);
  } else if (slab->listed == UNLISTED && slab->used < SLOTS / 2) {
    list(slab, PARTIAL);
  }
}
#endif
