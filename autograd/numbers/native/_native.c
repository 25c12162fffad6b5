/* The native `Value`: the class of recording/value.py, with nodes in C.

   What is here computes the same numbers as the Python class, bit for bit, or leaves the case to it: a result
   or a local derivative that is not finite, numbers other than floats, rows without C, subclasses. So this
   file raises no error of its own, and all exceptions and messages come from the Python code.

   A node is not tracked by the cyclic garbage collector, since the inputs of a node are older than itself and
   fixed. Each constant operand is kept in its user, and becomes a node when something asks for the inputs. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <stdint.h>
#include <string.h>

#ifdef Py_GIL_DISABLED
#error "the native Value needs the global interpreter lock: use the Python class"
#endif

#include "rules.h"

#define X(name) OP_##name,
enum { OP_leaf, OP_constant, UNARY_RULES(X) BINARY_RULES(X) OP_power_of, OP_exponential_of, OP_other };
#undef X
#define X(name) #name,
static const char *const row_names[] = {"", "constant", UNARY_RULES(X) BINARY_RULES(X) NULL};
#undef X
static PyObject *rows[OP_other];

/* What `b` holds: nothing, a node, the second or first operand as a number, the number of a row such as
   power_of, or another object such as a tuple of nodes. */
enum { B_NONE, B_NODE, B_CONSTANT, A_CONSTANT, B_PARAMETER, B_OBJECT };

enum {
  GRAD_SET = 1,    /* there is a gradient */
  GRAD_INT = 2,    /* ... which is an int, held as a double */
  GRAD_OBJECT = 4, /* ... which is in `rare` */
  DATA_INT = 8,    /* the data is an int, held as a double */
  DATA_OBJECT = 16 /* the data is in `rare` */,
  NUMBER_INT = 32 /* the number in `b` is an int */,
};
#define GRAD_FLAGS (GRAD_SET | GRAD_INT | GRAD_OBJECT)
#define NOT_FLOAT (DATA_INT | DATA_OBJECT)

typedef struct { PyObject *data, *grad, *primitive, *name, *origin; } Rare;

typedef struct {
  PyObject_HEAD
  double data, grad;
  PyObject *a; /* the first input; if the first operand is a constant, the second */
  union { PyObject *object; double number; } b;
  int64_t serial;
  Rare *rare;
  PyObject *weak_references;
  uint32_t mark;
  uint8_t op, layout, flags;
} Node;

#include "slabs.h"

static PyTypeObject *value_type;
static int64_t next_number;
static int64_t *unusual; /* how many values other than the default the context variables may have */
static PyObject *python; /* a dict of what is left to Python */

#define IS_VALUE(x) (Py_TYPE(x) == value_type)
#define IS_KIN(x) (IS_VALUE(x) || (!PyFloat_CheckExact(x) && PyType_IsSubtype(Py_TYPE(x), value_type)))
#define FINITE(x) isfinite(x) /* x * 0 == 0 would raise the invalid flag, of which NumPy warns */
#define EXACT 9007199254740992.0 /* ints up to here are doubles, and back */

static PyObject *helper(const char *name) { return PyDict_GetItemString(python, name); }

/* ---- nodes */

static Py_ssize_t alive;

static Node *new_node(double data, int op) {
  Node *v = allocate();
  if (!v) return (Node *)PyErr_NoMemory();
  alive++;
  v->ob_base.ob_type = value_type; /* which is kept forever, so nodes do not count as its users */
  v->ob_base.ob_refcnt = 1;
  v->data = data;
  v->a = NULL;
  v->b.object = NULL;
  v->serial = next_number++;
  v->rare = NULL;
  v->weak_references = NULL;
  v->mark = 0;
  v->op = (uint8_t)op;
  v->layout = B_NONE;
  v->flags = 0;
  return v;
}

static Rare *rare_of(Node *v) {
  if (!v->rare && !(v->rare = calloc(1, sizeof(Rare)))) PyErr_NoMemory();
  return v->rare;
}

static void forget_rare(Node *v) {
  Rare *rare = v->rare;
  if (!rare) return;
  v->rare = NULL;
  Py_XDECREF(rare->data);
  Py_XDECREF(rare->grad);
  Py_XDECREF(rare->primitive);
  Py_XDECREF(rare->name);
  Py_XDECREF(rare->origin);
  free(rare);
}

static PyObject *b_object(Node *v) {
  return v->layout == B_NODE || v->layout == B_OBJECT ? v->b.object : NULL;
}

/* Nodes to free, linked by `serial`; one call frees them all, so depth takes no stack. */
static Node *doomed;
static int freeing;

static void doom(Node *v) {
  v->serial = (int64_t)(intptr_t)doomed;
  doomed = v;
}

static void drop(PyObject *x) {
  if (x && IS_VALUE(x) && Py_REFCNT(x) == 1) {
    x->ob_refcnt = 0;
    doom((Node *)x);
  } else {
    Py_XDECREF(x);
  }
}

static void node_dealloc(PyObject *self) {
  Node *v = (Node *)self;
  if (!IS_VALUE(self)) { /* of a subclass */
    PyTypeObject *type = Py_TYPE(self);
    if (v->weak_references) PyObject_ClearWeakRefs(self);
    PyObject *a = v->a, *b = b_object(v);
    forget_rare(v);
    Py_XDECREF(a);
    Py_XDECREF(b);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
    return;
  }
  doom(v);
  if (freeing) return;
  freeing = 1;
  while ((v = doomed)) {
    doomed = (Node *)(intptr_t)v->serial;
    if (v->weak_references) PyObject_ClearWeakRefs((PyObject *)v);
    if (v->rare) forget_rare(v);
    PyObject *a = v->a, *b = b_object(v);
    release(v);
    alive--;
    drop(a);
    drop(b);
  }
  freeing = 0;
}

static int node_traverse(PyObject *self, visitproc visit, void *arg) {
  Node *v = (Node *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(v->a);
  Py_VISIT(b_object(v));
  if (v->rare) {
    Py_VISIT(v->rare->data);
    Py_VISIT(v->rare->grad);
    Py_VISIT(v->rare->primitive);
    Py_VISIT(v->rare->origin);
  }
  return 0;
}

/* ---- numbers */

static PyObject *boxed(double number, int is_int) {
  return is_int ? PyLong_FromDouble(number) : PyFloat_FromDouble(number);
}

/* 1 for a float, 2 for an int that is exactly a double, 0 for anything else. */
static int number_of(PyObject *x, double *number) {
  if (PyFloat_CheckExact(x)) {
    *number = PyFloat_AsDouble(x);
    return 1;
  }
  if (PyLong_CheckExact(x)) {
    int overflow;
    long long whole = PyLong_AsLongLongAndOverflow(x, &overflow);
    if (!overflow && whole <= (long long)EXACT && whole >= -(long long)EXACT) {
      *number = (double)whole;
      return 2;
    }
  }
  return 0;
}

static PyObject *data_of(Node *v) {
  if (v->flags & DATA_OBJECT) return Py_NewRef(v->rare->data);
  return boxed(v->data, v->flags & DATA_INT);
}

static int set_data_of(Node *v, PyObject *data) {
  double number;
  int kind = number_of(data, &number), flags = kind == 2 ? DATA_INT : kind ? 0 : DATA_OBJECT;
  PyObject *before = NULL;
  if (!kind) {
    if (!rare_of(v)) return -1;
    before = v->rare->data;
    v->rare->data = Py_NewRef(data);
  } else {
    v->data = number;
    if (v->rare) {
      before = v->rare->data;
      v->rare->data = NULL;
    }
  }
  v->flags = (uint8_t)((v->flags & ~NOT_FLOAT) | flags);
  Py_XDECREF(before);
  return 0;
}

static PyObject *grad_of(Node *v) {
  if (!(v->flags & GRAD_SET)) Py_RETURN_NONE;
  if (v->flags & GRAD_OBJECT) return Py_NewRef(v->rare->grad);
  return boxed(v->grad, v->flags & GRAD_INT);
}

static int set_grad_of(Node *v, PyObject *grad) {
  double number = 0;
  int kind = number_of(grad, &number);
  int flags = grad == Py_None ? 0 : GRAD_SET | (kind == 2 ? GRAD_INT : kind ? 0 : GRAD_OBJECT);
  PyObject *before = NULL;
  if (flags & GRAD_OBJECT) {
    if (!rare_of(v)) return -1;
    before = v->rare->grad;
    v->rare->grad = Py_NewRef(grad);
  } else {
    v->grad = number;
    if (v->rare) {
      before = v->rare->grad;
      v->rare->grad = NULL;
    }
  }
  v->flags = (uint8_t)((v->flags & ~GRAD_FLAGS) | flags);
  Py_XDECREF(before);
  return 0;
}

/* ---- inputs */

static int pull(Node *v, double *contributions);

/* Make the constant operand of a node a node, which is older than its user; with the gradient that the last
   sweep would have given it. */
static int materialize(Node *v) {
  if (v->layout != B_CONSTANT && v->layout != A_CONSTANT) return 0;
  int place = v->layout == B_CONSTANT;
  Node *constant = new_node(v->b.number, OP_constant);
  if (!constant) return -1;
  constant->serial = v->serial - 1;
  if (v->flags & NUMBER_INT) constant->flags = DATA_INT;
  double contributions[2];
  int swept = (v->flags & GRAD_FLAGS) == GRAD_SET && ((Node *)v->a)->serial < v->serial;
  if (swept && !pull(v, contributions)) {
    constant->grad = contributions[place];
    constant->flags |= GRAD_SET;
  }
  if (v->layout == B_CONSTANT) {
    v->b.object = (PyObject *)constant;
  } else {
    v->b.object = v->a;
    v->a = (PyObject *)constant;
  }
  v->layout = B_NODE;
  v->flags &= ~NUMBER_INT;
  return 0;
}

/* ---- recording */

/* Whether this context records, asked only if some context may be unusual: 1 or 0, or -1 on an error. A mode
   that is called with each node that is recorded is returned in `note`. */
static int recording_mode(PyObject **note) {
  PyObject *mode = PyObject_CallNoArgs(helper("recording"));
  if (!mode) return -1;
  int found = mode == Py_True ? 1 : PyObject_IsTrue(mode);
  if (found == 1 && PyCallable_Check(mode)) *note = mode;
  else Py_DECREF(mode);
  return found;
}

#define ASK_MODE(record, note) \
  int record = 1; \
  PyObject *note = NULL; \
  if (*unusual && (record = recording_mode(&note)) < 0) return NULL;

/* Call a mode with a new node, and before with the constant that is its operand. Takes both references. */
static PyObject *noted(PyObject *note, Node *v) {
  PyObject *self = (PyObject *)v, *done = NULL;
  if (!note || !v) {
    Py_XDECREF(note);
    return self;
  }
  int place = v->layout == A_CONSTANT ? 0 : v->layout == B_CONSTANT ? 1 : -1;
  if (place >= 0 && !materialize(v)) {
    done = PyObject_CallFunctionObjArgs(note, place ? v->b.object : v->a, NULL);
    Py_XDECREF(done);
  }
  if (place < 0 || done) {
    done = PyObject_CallFunctionObjArgs(note, self, NULL);
    Py_XDECREF(done);
  }
  Py_DECREF(note);
  if (!done) Py_CLEAR(self);
  return self;
}

static PyObject *apply_row(PyObject *primitive, int op, PyObject *inputs);

/* Apply a row in Python to other numbers than floats; NULL without an error if that is left to Python too. */
static PyObject *by_row(int op, PyObject *left, PyObject *right) {
  if (*unusual || PyErr_Occurred()) return NULL;
  PyObject *inputs = right ? PyTuple_Pack(2, left, right) : PyTuple_Pack(1, left);
  PyObject *result = inputs ? apply_row(rows[op], op, inputs) : NULL;
  Py_XDECREF(inputs);
  return result;
}

static PyObject *unary_in_python(PyObject *self, int op) {
  if (!IS_VALUE(self)) return PyObject_CallMethod(self, "_apply", "O(O)", rows[op], self);
  PyObject *result = by_row(op, self, NULL);
  if (result || PyErr_Occurred()) return result;
  return PyObject_CallFunction(helper("general"), "OO(O)", value_type, rows[op], self);
}

static PyObject *unary(PyObject *self, int op) {
  Node *x = (Node *)self;
  if (x->flags & NOT_FLOAT) return unary_in_python(self, op);
  double out = 0;
  switch (op) {
#define X(name) case OP_##name: out = forward_##name(x->data); break;
    UNARY_RULES(X)
#undef X
  }
  if (!FINITE(out)) return unary_in_python(self, op);
  ASK_MODE(record, note)
  Node *v = new_node(out, record ? op : OP_constant);
  if (v && record) v->a = Py_NewRef(self);
  return noted(note, v);
}

/* A row of one input that depends on a number: power_of and exponential_of. */
static PyObject *with_parameter(PyObject *self, PyObject *parameter, int op) {
  Node *x = (Node *)self;
  double number;
  int kind = number_of(parameter, &number);
  /* For Python 0.0 and -0.0 are one row, the first that was used. */
  if (x->flags & NOT_FLOAT || !kind || number == 0) goto in_python;
  double out = op == OP_power_of ? forward_power_of(x->data, number) : forward_exponential_of(x->data, number);
  if (!FINITE(out)) goto in_python;
  ASK_MODE(record, note)
  Node *v = new_node(out, record ? op : OP_constant);
  if (v && record) {
    v->a = Py_NewRef(self);
    v->b.number = number;
    v->layout = B_PARAMETER;
    v->flags = kind == 2 ? NUMBER_INT : 0;
  }
  return noted(note, v);
in_python:
  return PyObject_CallFunctionObjArgs(helper(op == OP_power_of ? "__pow__" : "__rpow__"), self, parameter, NULL);
}

static double computed(int op, double a, double b) {
  switch (op) {
#define X(name) case OP_##name: return forward_##name(a, b);
    BINARY_RULES(X)
#undef X
  }
  return NAN;
}

/* The kind of an operand as by number_of, with its number. */
static inline int number_in(PyObject *x, double *number) {
  if (!IS_KIN(x)) return number_of(x, number);
  Node *v = (Node *)x;
  *number = v->data;
  return !(v->flags & NOT_FLOAT) ? 1 : v->flags & DATA_INT ? 2 : 0;
}

/* The node of two operands, or NULL without an error if the case is left to Python. */
static inline PyObject *recorded(PyObject *left, PyObject *right, int op) {
  double x, y, out;
  int first = number_in(left, &x), second = number_in(right, &y), ints = first + second - 2;
  int layout = !IS_KIN(right) ? B_CONSTANT : IS_KIN(left) ? B_NODE : A_CONSTANT;
  if (!first || !second || (layout == B_CONSTANT && !IS_KIN(left))) return NULL;
  switch (op) {
    case OP_add: out = forward_add(x, y); break;
    case OP_sub: out = forward_sub(x, y); break;
    case OP_mul: out = forward_mul(x, y); break;
    case OP_div: out = forward_div(x, y); break;
    default:
      if (ints) return NULL; /* the result may be the int itself */
      out = computed(op, x, y);
  }
  int whole = ints == 2 && op != OP_div;
  if (whole && !(out < EXACT && out > -EXACT)) return NULL;
  if (!FINITE(out)) return NULL;
  ASK_MODE(record, note)
  if (layout != B_NODE) next_number++; /* of the constant, if it becomes a node */
  Node *v = new_node(whole ? out + 0.0 : out, record ? op : OP_constant); /* 0 is no -0.0 */
  if (v && whole) v->flags = DATA_INT;
  if (!v || !record) return noted(note, v);
  v->layout = (uint8_t)layout;
  if (layout == B_NODE) {
    v->a = Py_NewRef(left);
    v->b.object = Py_NewRef(right);
  } else {
    v->a = Py_NewRef(layout == B_CONSTANT ? left : right);
    v->b.number = layout == B_CONSTANT ? y : x;
    if ((layout == B_CONSTANT ? second : first) == 2) v->flags |= NUMBER_INT;
  }
  return noted(note, v);
}

static PyObject *binary_in_python(PyObject *left, PyObject *right, const char *method, const char *reflected) {
  if (PyErr_Occurred()) return NULL;
  if (IS_KIN(left)) {
    PyObject *result = PyObject_CallFunctionObjArgs(helper(method), left, right, NULL);
    if (result != Py_NotImplemented || !IS_KIN(right)) return result;
    Py_DECREF(result);
  }
  return PyObject_CallFunctionObjArgs(helper(reflected), right, left, NULL);
}

#define OPERATOR(name, method) \
  static PyObject *operator_##name(PyObject *left, PyObject *right) { \
    PyObject *result = recorded(left, right, OP_##name); \
    if (!result) result = by_row(OP_##name, left, right); \
    return result ? result : binary_in_python(left, right, "__" #method "__", "__r" #method "__"); \
  }
OPERATOR(add, add)
OPERATOR(sub, sub)
OPERATOR(mul, mul)
OPERATOR(div, truediv)

static PyObject *operator_pow(PyObject *left, PyObject *right, PyObject *modulus) {
  if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
  if (IS_KIN(left) && (PyFloat_CheckExact(right) || PyLong_CheckExact(right)))
    return with_parameter(left, right, OP_power_of);
  if (IS_KIN(right) && (PyFloat_CheckExact(left) || PyLong_CheckExact(left)))
    return with_parameter(right, left, OP_exponential_of);
  PyObject *result = IS_KIN(left) && IS_KIN(right) ? recorded(left, right, OP_power) : NULL;
  return result ? result : binary_in_python(left, right, "__pow__", "__rpow__");
}

static PyObject *operator_neg(PyObject *self) { return unary(self, OP_neg); }
static PyObject *operator_abs(PyObject *self) { return unary(self, OP_abs); }

#define X(name) static PyObject *method_##name(PyObject *self, PyObject *none) { return unary(self, OP_##name); }
UNARY_RULES(X)
#undef X

static PyObject *method_maximum(PyObject *self, PyObject *other) {
  PyObject *result = recorded(self, other, OP_maximum);
  if (result || PyErr_Occurred()) return result;
  return PyObject_CallFunctionObjArgs(helper("maximum"), self, other, NULL);
}

static PyObject *method_minimum(PyObject *self, PyObject *other) {
  PyObject *result = recorded(self, other, OP_minimum);
  if (result || PyErr_Occurred()) return result;
  return PyObject_CallFunctionObjArgs(helper("minimum"), self, other, NULL);
}

static int op_of(PyObject *primitive) {
  for (int op = OP_constant; op < OP_power_of; op++)
    if (rows[op] == primitive) return op;
  return OP_other;
}

static PyObject *node_of_row(PyObject *primitive, int op, PyObject *nodes, PyObject *data);

/* Apply a row in Python to numbers; NULL without an error if that is left to Python too. */
static PyObject *apply_row(PyObject *primitive, int op, PyObject *inputs) {
  Py_ssize_t count = PyTuple_Size(inputs);
  PyObject *special = PyObject_GetAttrString(primitive, "record"), *out = NULL, *result = NULL;
  Py_XDECREF(special);
  if (special != Py_None || !count) return NULL;
  PyObject *nodes = PyTuple_New(count), *data = PyTuple_New(count), *forward = NULL;
  if (!nodes || !data) goto end;
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *x = PyTuple_GetItem(inputs, i);
    double number;
    int kind = IS_KIN(x) ? 0 : number_of(x, &number);
    if (!IS_KIN(x) && !kind) goto end;
    Node *v = kind ? new_node(number, OP_constant) : (Node *)Py_NewRef(x);
    if (!v) goto end;
    if (kind == 2) v->flags = DATA_INT;
    PyTuple_SetItem(nodes, i, (PyObject *)v);
    PyTuple_SetItem(data, i, data_of(v));
  }
  forward = PyErr_Occurred() ? NULL : PyObject_GetAttrString(primitive, "forward");
  out = forward ? PyObject_CallObject(forward, data) : NULL;
  if (out) {
    if (!PyFloat_CheckExact(out) && !PyLong_CheckExact(out)) {
      PyObject *real = PyObject_CallFunctionObjArgs(helper("real"), out, NULL);
      Py_DECREF(out);
      out = real;
    }
    if (out) result = node_of_row(primitive, op, nodes, out);
  } else if (PyErr_ExceptionMatches(PyExc_ArithmeticError) || PyErr_ExceptionMatches(PyExc_ValueError)) {
    PyErr_Clear(); /* Python meets it again and explains it */
  }
end:
  Py_XDECREF(nodes);
  Py_XDECREF(data);
  Py_XDECREF(forward);
  Py_XDECREF(out);
  return result;
}

/* Value._apply(primitive, inputs) */
static PyObject *apply(PyObject *type, PyObject *args) {
  PyObject *primitive, *inputs, *result = NULL;
  if (!PyArg_ParseTuple(args, "OO", &primitive, &inputs)) return NULL;
  int op = op_of(primitive);
  if (op < OP_power_of && PyTuple_CheckExact(inputs)) {
    Py_ssize_t count = PyTuple_Size(inputs);
    PyObject *x = count ? PyTuple_GetItem(inputs, 0) : NULL;
    if (count == 1 && op > OP_constant && op < OP_add && IS_VALUE(x)) return unary(x, op);
    if (count == 2 && op >= OP_add) result = recorded(x, PyTuple_GetItem(inputs, 1), op);
    if (result || PyErr_Occurred()) return result;
  }
  if (op != OP_constant && PyTuple_CheckExact(inputs) && !*unusual) {
    result = apply_row(primitive, op, inputs);
    if (result || PyErr_Occurred()) return result;
  }
  return PyObject_CallFunctionObjArgs(helper("general"), type, primitive, inputs, NULL);
}

/* ---- comparisons */

static PyObject *compared(double x, double y, int how) {
  switch (how) {
    case Py_LT: return PyBool_FromLong(x < y);
    case Py_LE: return PyBool_FromLong(x <= y);
    case Py_EQ: return PyBool_FromLong(x == y);
    case Py_NE: return PyBool_FromLong(x != y);
    case Py_GT: return PyBool_FromLong(x > y);
    default: return PyBool_FromLong(x >= y);
  }
}

static PyObject *node_compare(PyObject *self, PyObject *other, int how) {
  static const char *const methods[] = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"};
  Node *v = (Node *)self;
  double x = v->data, y;
  if (*unusual || v->flags & DATA_OBJECT) goto in_python;
  if (IS_KIN(other) && !(((Node *)other)->flags & DATA_OBJECT)) y = ((Node *)other)->data;
  else if (!number_of(other, &y)) goto in_python;
  return compared(x, y, how);
in_python:
  return PyObject_CallFunctionObjArgs(helper(methods[how]), self, other, NULL);
}

static Py_hash_t node_hash(PyObject *self) {
  uintptr_t place = (uintptr_t)self;
  Py_hash_t hash = (Py_hash_t)(place >> 4 | place << (8 * sizeof place - 4));
  return hash == -1 ? -2 : hash;
}

static int node_bool(PyObject *self) {
  Node *v = (Node *)self;
  if (!*unusual && !(v->flags & DATA_OBJECT)) return v->data != 0;
  PyObject *truth = PyObject_CallFunctionObjArgs(helper("__bool__"), self, NULL);
  int found = truth ? PyObject_IsTrue(truth) : -1;
  Py_XDECREF(truth);
  return found;
}

/* ---- making */

static PyObject *node_new(PyTypeObject *type, PyObject *args, PyObject *names) {
  if (type == value_type) return (PyObject *)new_node(0, OP_leaf);
  PyObject *self = ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
  if (self) ((Node *)self)->serial = next_number++;
  return self;
}

static int node_init(PyObject *self, PyObject *args, PyObject *names) {
  Node *v = (Node *)self;
  if (!*unusual && v->op == OP_leaf && !v->a && !v->rare && !(v->flags & ~NOT_FLOAT)) {
    Py_ssize_t given = PyTuple_Size(args);
    PyObject *name = NULL;
    if (names && given == 1 && PyDict_Size(names) == 1) name = PyDict_GetItemString(names, "name");
    int fits = given == 1 && (!names || !PyDict_Size(names) || (name && PyUnicode_CheckExact(name)));
    double number;
    int kind = fits ? number_of(PyTuple_GetItem(args, 0), &number) : 0;
    if (kind) {
      v->data = number;
      v->flags = kind == 2 ? DATA_INT : 0;
      if (!name) return 0;
      if (!rare_of(v)) return -1;
      v->rare->name = Py_NewRef(name);
      return 0;
    }
  }
  PyObject *init = PyObject_GetAttrString(helper("__init__"), "__get__");
  PyObject *bound = init ? PyObject_CallFunctionObjArgs(init, self, NULL) : NULL;
  PyObject *result = bound ? PyObject_Call(bound, args, names) : NULL;
  Py_XDECREF(init);
  Py_XDECREF(bound);
  Py_XDECREF(result);
  return result ? 0 : -1;
}

/* ---- attributes */

static int refuse_to_delete(PyObject *value) {
  if (value) return 0;
  PyErr_SetString(PyExc_AttributeError, "an attribute of a node cannot be deleted");
  return -1;
}

static int set_in_python(const char *what, PyObject *self, PyObject *value) {
  PyObject *result = PyObject_CallFunctionObjArgs(helper(what), self, value, NULL);
  Py_XDECREF(result);
  return result ? 0 : -1;
}

static PyObject *get_data(PyObject *self, void *closure) {
  if (!*unusual) return data_of((Node *)self);
  return PyObject_CallFunctionObjArgs(helper("get data"), self, NULL);
}

static int set_data(PyObject *self, PyObject *value, void *closure) {
  Node *v = (Node *)self;
  if (refuse_to_delete(value)) return -1;
  if (v->op != OP_leaf || !PyFloat_CheckExact(value)) return set_in_python("set data", self, value);
  v->serial = next_number++;
  return set_data_of(v, value);
}

static PyObject *get_raw_data(PyObject *self, void *closure) { return data_of((Node *)self); }

static int set_raw_data(PyObject *self, PyObject *value, void *closure) {
  return refuse_to_delete(value) ? -1 : set_data_of((Node *)self, value);
}

static PyObject *get_grad(PyObject *self, void *closure) {
  return ((Node *)self)->flags & GRAD_SET ? grad_of((Node *)self) : PyLong_FromLong(0);
}

static int set_grad(PyObject *self, PyObject *value, void *closure) {
  double number;
  if (refuse_to_delete(value)) return -1;
  int zero = PyLong_CheckExact(value) && number_of(value, &number) && number == 0;
  return set_grad_of((Node *)self, zero ? Py_None : value);
}

static PyObject *get_raw_grad(PyObject *self, void *closure) { return grad_of((Node *)self); }

static int set_raw_grad(PyObject *self, PyObject *value, void *closure) {
  return refuse_to_delete(value) ? -1 : set_grad_of((Node *)self, value);
}

static PyObject *get_a(PyObject *self, void *closure) {
  Node *v = (Node *)self;
  if (v->layout == A_CONSTANT && materialize(v)) return NULL;
  return Py_NewRef(v->a ? v->a : Py_None);
}

static int set_a(PyObject *self, PyObject *value, void *closure) {
  Node *v = (Node *)self;
  if (refuse_to_delete(value) || materialize(v)) return -1;
  PyObject *before = v->a;
  v->a = value == Py_None ? NULL : Py_NewRef(value);
  Py_XDECREF(before);
  return 0;
}

static PyObject *get_b(PyObject *self, void *closure) {
  Node *v = (Node *)self;
  if (materialize(v)) return NULL;
  PyObject *b = b_object(v);
  return Py_NewRef(b ? b : Py_None);
}

static int set_b(PyObject *self, PyObject *value, void *closure) {
  Node *v = (Node *)self;
  if (refuse_to_delete(value) || materialize(v)) return -1;
  PyObject *before = b_object(v);
  v->layout = value == Py_None ? B_NONE : IS_KIN(value) ? B_NODE : B_OBJECT;
  v->b.object = value == Py_None ? NULL : Py_NewRef(value);
  Py_XDECREF(before);
  return 0;
}

static PyObject *get_inputs(PyObject *self, void *closure) {
  Node *v = (Node *)self;
  if (materialize(v)) return NULL;
  PyObject *b = b_object(v);
  if (!v->a) return PyTuple_New(0);
  if (!b) return PyTuple_Pack(1, v->a);
  if (!PyTuple_Check(b)) return PyTuple_Pack(2, v->a, b);
  PyObject *first = PyTuple_Pack(1, v->a), *all = first ? PySequence_Concat(first, b) : NULL;
  Py_XDECREF(first);
  return all;
}

static int set_inputs(PyObject *self, PyObject *value, void *closure) {
  return refuse_to_delete(value) ? -1 : set_in_python("set inputs", self, value);
}

static PyObject *get_primitive(PyObject *self, void *closure) {
  Node *v = (Node *)self;
  if (v->op == OP_leaf) Py_RETURN_NONE;
  if (v->op == OP_other) return Py_NewRef(v->rare->primitive);
  if (v->op < OP_power_of) return Py_NewRef(rows[v->op]);
  PyObject *number = boxed(v->b.number, v->flags & NUMBER_INT);
  if (!number) return NULL;
  const char *which = v->op == OP_power_of ? "power_of" : "exponential_of";
  PyObject *primitive = PyObject_CallFunctionObjArgs(helper(which), number, NULL);
  Py_DECREF(number);
  return primitive;
}

static int set_primitive(PyObject *self, PyObject *value, void *closure) {
  Node *v = (Node *)self;
  if (refuse_to_delete(value)) return -1;
  int op = value == Py_None ? OP_leaf : op_of(value);
  if (op == OP_other && !rare_of(v)) return -1;
  PyObject *before = v->rare ? v->rare->primitive : NULL;
  if (v->layout == B_PARAMETER) {
    v->layout = B_NONE;
    v->flags &= ~NUMBER_INT;
  }
  v->op = (uint8_t)op;
  if (v->rare) v->rare->primitive = op == OP_other ? Py_NewRef(value) : NULL;
  Py_XDECREF(before);
  return 0;
}

static PyObject *get_is_constant(PyObject *self, void *closure) {
  return PyBool_FromLong(((Node *)self)->op == OP_constant);
}

static PyObject *get_serial(PyObject *self, void *closure) { return PyLong_FromLongLong(((Node *)self)->serial); }

static int set_serial(PyObject *self, PyObject *value, void *closure) {
  if (refuse_to_delete(value)) return -1;
  long long serial = PyLong_AsLongLong(value);
  if (serial == -1 && PyErr_Occurred()) return -1;
  ((Node *)self)->serial = serial;
  return 0;
}

static PyObject *get_name(PyObject *self, void *closure) {
  Rare *rare = ((Node *)self)->rare;
  return Py_NewRef(rare && rare->name ? rare->name : Py_None);
}

static int set_name(PyObject *self, PyObject *value, void *closure) {
  Node *v = (Node *)self;
  if (refuse_to_delete(value)) return -1;
  if (value == Py_None && !v->rare) return 0;
  if (!rare_of(v)) return -1;
  PyObject *before = v->rare->name;
  v->rare->name = value == Py_None ? NULL : Py_NewRef(value);
  Py_XDECREF(before);
  return 0;
}

static PyObject *get_origin(PyObject *self, void *closure) {
  Rare *rare = ((Node *)self)->rare;
  if (rare && rare->origin) return Py_NewRef(rare->origin);
  PyErr_SetString(PyExc_AttributeError, "_origin");
  return NULL;
}

static int set_origin(PyObject *self, PyObject *value, void *closure) {
  Node *v = (Node *)self;
  if (refuse_to_delete(value) || !rare_of(v)) return -1;
  PyObject *before = v->rare->origin;
  v->rare->origin = Py_NewRef(value);
  Py_XDECREF(before);
  return 0;
}

/* ---- the topological sort: the order of recording/order.py */

typedef struct { Node *v; double grad; uint32_t next; uint8_t flags; } Entry;
typedef struct { Entry *items; Py_ssize_t count, size; } Entries;

static int push(Entries *entries, Node *v) {
  if (entries->count == entries->size) {
    Py_ssize_t size = entries->size ? 2 * entries->size : 1024;
    Entry *items = realloc(entries->items, size * sizeof(Entry));
    if (!items) return -1;
    entries->items = items;
    entries->size = size;
  }
  Entry *entry = &entries->items[entries->count++];
  entry->v = v;
  entry->next = 0;
  return 0;
}

static uint32_t newest_mark;

/* An input not yet visited, NULL if there is none; `strange` is set if one is not a native node. */
static inline Node *unvisited(Node *v, uint32_t *next, uint32_t mark, int *strange) {
  PyObject *x = v->a;
  if (!x) return NULL;
  if (!IS_KIN(x)) goto stranger;
  if (((Node *)x)->mark != mark) return (Node *)x;
  if (v->layout == B_NODE) {
    x = v->b.object;
    if (!IS_KIN(x)) goto stranger;
    return ((Node *)x)->mark != mark ? (Node *)x : NULL;
  }
  if (v->layout != B_OBJECT) return NULL;
  if (!PyTuple_CheckExact(v->b.object)) goto stranger;
  for (Py_ssize_t count = PyTuple_Size(v->b.object); *next < count; ++*next) {
    x = PyTuple_GetItem(v->b.object, *next);
    if (!IS_KIN(x)) goto stranger;
    if (((Node *)x)->mark != mark) return (Node *)x;
  }
  return NULL;
stranger:
  *strange = 1;
  return NULL;
}

/* Add what a node depends on; 0, or -1 for a graph that is left to Python, or without memory. */
static int sort(Node *root, Entries *order, Entries *stack, uint32_t mark, int with_constants) {
  int strange = 0;
  if (root->mark == mark) return 0;
  root->mark = mark;
  if (push(stack, root)) return -1;
  while (stack->count) {
    Entry *top = &stack->items[stack->count - 1];
    Node *v = top->v;
    /* After an earlier sweep a constant has a gradient, to which this one adds. */
    if ((with_constants || (v->flags & GRAD_SET && v->layout != B_NODE)) && materialize(v)) return -1;
    Node *x = unvisited(v, &top->next, mark, &strange);
    if (strange) return -1;
    if (x) {
      x->mark = mark;
      if (push(stack, x)) return -1;
    } else {
      stack->count--;
      if (push(order, v)) return -1;
    }
  }
  return 0;
}

static uint32_t new_mark(void) {
  if (!++newest_mark) newest_mark = 1;
  return newest_mark;
}

/* topological(*roots): a list, or None if it is left to Python. */
static PyObject *topological(PyObject *module, PyObject *roots) {
  Entries order = {0}, stack = {0};
  uint32_t mark = new_mark();
  PyObject *list = NULL;
  int done = 1;
  for (Py_ssize_t i = 0; done && i < PyTuple_Size(roots); i++) {
    PyObject *root = PyTuple_GetItem(roots, i);
    done = IS_KIN(root) && !sort((Node *)root, &order, &stack, mark, 1);
  }
  if (done && (list = PyList_New(order.count)))
    for (Py_ssize_t i = 0; i < order.count; i++) PyList_SetItem(list, i, Py_NewRef((PyObject *)order.items[i].v));
  free(order.items);
  free(stack.items);
  if (list || PyErr_Occurred()) return list;
  Py_RETURN_NONE;
}

/* ---- the reverse sweep */

#define FEW 64

static Py_ssize_t count_inputs(Node *v) {
  if (v->layout == B_OBJECT) return 1 + PyTuple_Size(v->b.object);
  return v->layout == B_NONE || v->layout == B_PARAMETER ? 1 : 2;
}

/* The products of the adjoint and the local derivatives by the Python row, in the order of the inputs; their
   number, or -1. */
static Py_ssize_t ask_row(Node *v, double *contributions) {
  PyObject *self = (PyObject *)v, *result = NULL, *values = NULL;
  PyObject *primitive = get_primitive(self, NULL), *arguments = NULL;
  PyObject *adjoint = PyFloat_FromDouble(v->grad);
  Py_ssize_t count = -1, given = count_inputs(v);
  if (!primitive || !adjoint) goto end;
  arguments = PyTuple_New(1 + given);
  if (!arguments) goto end;
  PyTuple_SetItem(arguments, 0, data_of(v));
  for (Py_ssize_t i = 0; i < given; i++) {
    int number = (v->layout == A_CONSTANT && i == 0) || (v->layout == B_CONSTANT && i == 1);
    PyObject *input = i == 0 || (v->layout == A_CONSTANT) ? v->a
                      : v->layout == B_OBJECT ? PyTuple_GetItem(v->b.object, i - 1) : v->b.object;
    PyTuple_SetItem(arguments, 1 + i, number ? boxed(v->b.number, v->flags & NUMBER_INT) : data_of((Node *)input));
  }
  if (PyErr_Occurred()) goto end;
  PyObject *partials = PyObject_GetAttrString(primitive, "partials");
  result = partials ? PyObject_CallObject(partials, arguments) : NULL;
  Py_XDECREF(partials);
  values = result ? PySequence_Tuple(result) : NULL;
  if (!values || PyTuple_Size(values) != given) goto end;
  for (Py_ssize_t i = 0; i < given; i++) {
    PyObject *product = PyNumber_Multiply(adjoint, PyTuple_GetItem(values, i));
    int known = product && number_of(product, &contributions[i]);
    Py_XDECREF(product);
    if (!known) goto end;
  }
  count = given;
end:
  Py_XDECREF(primitive);
  Py_XDECREF(adjoint);
  Py_XDECREF(arguments);
  Py_XDECREF(result);
  Py_XDECREF(values);
  return count;
}

/* The products of the adjoint and the local derivatives by two operands of which one is a constant; -1 if they
   are undefined. */
static int pull(Node *v, double *contributions) {
  Node *a = (Node *)v->a;
  double x = v->layout == A_CONSTANT ? v->b.number : a->data, y = v->layout == A_CONSTANT ? a->data : v->b.number;
  if (a->flags & DATA_OBJECT) return -1;
  contributions[0] = contributions[1] = NAN;
  int op = a->flags & DATA_INT && v->op > OP_div ? OP_leaf : v->op; /* other rows of ints are asked */
  switch (op) {
#define X(name) case OP_##name: pull_##name(v->grad, v->data, x, y, &contributions[0], &contributions[1]); break;
    BINARY_RULES(X)
#undef X
  }
  if (FINITE(contributions[0]) && FINITE(contributions[1])) return 0;
  Py_ssize_t count = ask_row(v, contributions);
  if (count < 0) PyErr_Clear();
  return count == 2 ? 0 : -1;
}

/* Add to an adjoint; an input newer than its user is left to Python, which says what is wrong. */
static inline int contribute(PyObject *input, double contribution, int64_t serial) {
  Node *u = (Node *)input;
  if (u->serial >= serial) return -1;
  u->grad = u->flags & GRAD_SET ? u->grad + contribution : contribution;
  u->flags |= GRAD_SET;
  return 0;
}

static int contribute_all(Node *v, const double *contributions, Py_ssize_t count) {
  int64_t serial = v->serial;
  if (v->layout == A_CONSTANT) return contribute(v->a, contributions[1], serial);
  if (v->layout == B_NODE && contribute(v->b.object, contributions[1], serial)) return -1;
  for (Py_ssize_t i = 1; v->layout == B_OBJECT && i < count; i++)
    if (contribute(PyTuple_GetItem(v->b.object, i - 1), contributions[i], serial)) return -1;
  return contribute(v->a, contributions[0], serial);
}

/* Pass an adjoint on by the local derivatives of the Python row. */
static int pass_back_in_python(Node *v) {
  double few[FEW], *d = few;
  if (count_inputs(v) > FEW && !(d = malloc(count_inputs(v) * sizeof(double)))) return -1;
  Py_ssize_t count = ask_row(v, d);
  int failed = count < 0 ? -1 : contribute_all(v, d, count);
  if (d != few) free(d);
  return failed;
}

/* Keep all nodes alive while Python code runs, which could free them. */
static void pin(Entries *order, int *pinned) {
  if (*pinned) return;
  *pinned = 1;
  for (Py_ssize_t i = 0; i < order->count; i++) Py_INCREF((PyObject *)order->items[i].v);
}

/* Pass the adjoint of a node on to its inputs; -1 for a case left to Python. */
static inline int pass_back(Node *v, int *pinned, Entries *order) {
  double ga = 0, gb = 0, g = v->grad, out = v->data;
  Node *a = (Node *)v->a, *b = v->layout == B_NODE ? (Node *)v->b.object : a;
  int op = v->op;
  if ((a->flags | b->flags) & DATA_INT && !(op >= OP_add && op <= OP_div)) goto ask;
  if (op < OP_add) {
    double x = a->data;
    if (v->layout != B_NONE) return -1;
    switch (op) {
#define X(name) case OP_##name: pull_##name(g, out, x, &ga); break;
      UNARY_RULES(X)
#undef X
      default: return -1;
    }
    if (!FINITE(ga)) goto ask;
    return contribute((PyObject *)a, ga, v->serial);
  }
  if (op < OP_power_of) {
    double x, y;
    if (v->layout == B_NODE) x = a->data, y = b->data;
    else if (v->layout == B_CONSTANT) x = a->data, y = v->b.number;
    else if (v->layout == A_CONSTANT) x = v->b.number, y = a->data;
    else return -1;
    switch (op) {
#define X(name) case OP_##name: pull_##name(g, out, x, y, &ga, &gb); break;
      BINARY_RULES(X)
#undef X
    }
    if (!(FINITE(ga) && FINITE(gb))) goto ask;
    if (v->layout == A_CONSTANT) return contribute((PyObject *)a, gb, v->serial);
    if (v->layout == B_NODE && contribute((PyObject *)b, gb, v->serial)) return -1;
    return contribute((PyObject *)a, ga, v->serial);
  }
  if (op != OP_other) {
    if (v->layout != B_PARAMETER) return -1;
    if (op == OP_power_of) pull_power_of(g, out, a->data, v->b.number, &ga);
    else pull_exponential_of(g, out, a->data, v->b.number, &ga);
    if (FINITE(ga)) return contribute((PyObject *)a, ga, v->serial);
  }
ask:
  pin(order, pinned);
  return pass_back_in_python(v);
}

static void restore(Entries *order) {
  for (Py_ssize_t i = 0; i < order->count; i++) {
    Entry *entry = &order->items[i];
    entry->v->grad = entry->grad;
    entry->v->flags = (uint8_t)((entry->v->flags & ~GRAD_FLAGS) | entry->flags);
  }
}

static int swept(Entries *order, double seed, int releasing, int *pinned) {
  for (Py_ssize_t i = 0; i < order->count; i++) {
    Entry *entry = &order->items[i];
    if (entry->v->flags & (DATA_OBJECT | GRAD_OBJECT) ||
        (releasing && entry->v->op == OP_other)) { /* a row in Python could see what is freed */
      order->count = i;
      return -1;
    }
    entry->grad = entry->v->grad;
    entry->flags = entry->v->flags & GRAD_FLAGS;
    entry->v->flags &= ~GRAD_FLAGS;
  }
  Node *root = order->items[order->count - 1].v;
  root->grad = seed;
  root->flags |= GRAD_SET;
  for (Py_ssize_t i = order->count - 1; i >= 0; i--) {
    Entry *entry = &order->items[i];
    Node *v = entry->v;
    if (v->a) {
      if (pass_back(v, pinned, order)) return -1;
    } else if (entry->flags & GRAD_SET) { /* complete, since all its users are passed */
      v->grad = entry->grad + v->grad;
    }
    if ((i & 0x3fffff) == 0x3fffff) {
      pin(order, pinned);
      if (PyErr_CheckSignals()) return -1;
    }
  }
  return 0;
}

/* sweep(root, adjoint, releasing): whether it set all gradients; if not it changed none. */
static PyObject *sweep(PyObject *module, PyObject *args) {
  static Entries kept_order, kept_stack; /* not allocated again at each call; taken while in use */
  PyObject *root, *adjoint;
  double seed = 1;
  int releasing;
  if (!PyArg_ParseTuple(args, "OOp", &root, &adjoint, &releasing)) return NULL;
  if (!IS_KIN(root) || ((Node *)root)->op == OP_constant || ((Node *)root)->flags & NOT_FLOAT) Py_RETURN_FALSE;
  if (adjoint != Py_None && number_of(adjoint, &seed) != 1) Py_RETURN_FALSE;
  Entries order = kept_order, stack = kept_stack;
  kept_order = kept_stack = (Entries){0};
  order.count = stack.count = 0;
  int pinned = 0, failed = sort((Node *)root, &order, &stack, new_mark(), 0);
  if (!failed && (failed = swept(&order, seed, releasing, &pinned))) restore(&order);
  if (pinned)
    for (Py_ssize_t i = 0; i < order.count; i++) Py_DECREF((PyObject *)order.items[i].v);
  if (!kept_order.items && order.size <= 1 << 18) kept_order = order;
  else free(order.items);
  if (!kept_stack.items && stack.size <= 1 << 18) kept_stack = stack;
  else free(stack.items);
  if (failed && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_Exception)) return NULL; /* such as KeyboardInterrupt */
    PyErr_Clear();
  }
  return PyBool_FromLong(!failed);
}

static int set_rows(PyObject *table) {
  for (int op = OP_constant; op < OP_power_of; op++) {
    PyObject *row = PyDict_GetItemString(table, row_names[op]);
    if (!row) {
      PyErr_Format(PyExc_KeyError, "%s", row_names[op]);
      return -1;
    }
    if (!rows[op]) rows[op] = Py_NewRef(row);
  }
  return 0;
}

#include "counted.h"
#include "graphs.h"

/* ---- the module */

static PyObject *next_serial(PyObject *module, PyObject *none) { return PyLong_FromLongLong(next_number++); }

static PyObject *memory(PyObject *module, PyObject *none) { return PyLong_FromSsize_t(alive * sizeof(Node)); }

/* record(data, primitive, a, b): a node, with no regard to whether recording is on. */
static PyObject *record(PyObject *module, PyObject *args) {
  PyObject *data, *primitive, *a, *b;
  if (!PyArg_ParseTuple(args, "OOOO", &data, &primitive, &a, &b)) return NULL;
  Node *v = new_node(0, OP_leaf);
  PyObject *self = (PyObject *)v;
  if (!v || (!set_data_of(v, data) && !set_primitive(self, primitive, NULL) && !set_a(self, a, NULL) && !set_b(self, b, NULL)))
    return self;
  Py_DECREF(self);
  return NULL;
}

static PyObject *node_of_row(PyObject *primitive, int op, PyObject *nodes, PyObject *data) {
  Py_ssize_t count = PyTuple_Size(nodes);
  Node *v = new_node(0, op);
  if (!v) return NULL;
  if (set_data_of(v, data) || (op == OP_other && set_primitive((PyObject *)v, primitive, NULL))) goto fail;
  v->a = Py_NewRef(PyTuple_GetItem(nodes, 0));
  if (count == 1) return (PyObject *)v;
  PyObject *b = count == 2 ? Py_NewRef(PyTuple_GetItem(nodes, 1)) : PyTuple_GetSlice(nodes, 1, count);
  if (!b) goto fail;
  v->b.object = b;
  v->layout = count == 2 ? B_NODE : B_OBJECT;
  return (PyObject *)v;
fail:
  v->op = OP_leaf;
  Py_DECREF((PyObject *)v);
  return NULL;
}

#define ATTRIBUTE(name, field, doc) {#name, get_##field, set_##field, doc, NULL}
static PyGetSetDef attributes[] = {
  ATTRIBUTE(data, data, "The number. A leaf's can be set, which makes results out of date; others raise `GraphError`."),
  ATTRIBUTE(grad, grad, "The derivative of the result that `backward` was called on, as in micrograd: 0 until computed."),
  ATTRIBUTE(inputs, inputs, "The nodes it was computed from, in order and with repeats: ``x * x`` has two."),
  {"_prev", get_inputs, NULL, NULL, NULL},
  ATTRIBUTE(name, name, NULL),
  ATTRIBUTE(primitive, primitive, NULL),
  {"is_constant", get_is_constant, NULL, "Whether it is a plain number written into an expression, as the 3 of ``x + 3``.", NULL},
  ATTRIBUTE(_data, raw_data, NULL),
  ATTRIBUTE(_grad, raw_grad, NULL),
  ATTRIBUTE(_a, a, NULL),
  ATTRIBUTE(_b, b, NULL),
  ATTRIBUTE(_serial, serial, NULL),
  ATTRIBUTE(_origin, origin, NULL),
  {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
#define X(name) {#name, method_##name, METH_NOARGS, NULL},
  UNARY_RULES(X)
#undef X
  {"maximum", method_maximum, METH_O, NULL},
  {"minimum", method_minimum, METH_O, NULL},
  {"_apply", apply, METH_VARARGS | METH_CLASS, NULL},
  {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
  {"__weaklistoffset__", T_PYSSIZET, offsetof(Node, weak_references), READONLY, NULL},
  {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
  {Py_tp_new, node_new},
  {Py_tp_init, node_init},
  {Py_tp_dealloc, node_dealloc},
  {Py_tp_traverse, node_traverse},
  {Py_tp_richcompare, node_compare},
  {Py_tp_hash, node_hash},
  {Py_nb_bool, node_bool},
  {Py_nb_add, operator_add},
  {Py_nb_subtract, operator_sub},
  {Py_nb_multiply, operator_mul},
  {Py_nb_true_divide, operator_div},
  {Py_nb_power, operator_pow},
  {Py_nb_negative, operator_neg},
  {Py_nb_absolute, operator_abs},
  {Py_tp_getset, attributes},
  {Py_tp_methods, methods},
  {Py_tp_members, members},
  {0, NULL},
};

static PyType_Spec spec = {
  .name = "autograd.recording.value.Value",
  .basicsize = sizeof(Node),
  .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, /* not Py_TPFLAGS_HAVE_GC */
  .slots = slots,
};

/* make(Node, rows by name, what is left to Python by name, a buffer with the count of unusual contexts) */
static PyObject *make(PyObject *module, PyObject *args) {
  PyObject *base, *table, *left, *buffer;
  static Py_buffer view;
  if (!PyArg_ParseTuple(args, "OO!O!O", &base, &PyDict_Type, &table, &PyDict_Type, &left, &buffer)) return NULL;
  if (value_type) return PyErr_Format(PyExc_RuntimeError, "the native Value is made once");
  if (set_rows(table)) return NULL;
  if (PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE)) return NULL;
  unusual = view.buf;
  python = Py_NewRef(left);
  PyObject *bases = PyTuple_Pack(1, base);
  PyObject *type = bases ? PyType_FromSpecWithBases(&spec, bases) : NULL;
  Py_XDECREF(bases);
  value_type = (PyTypeObject *)type;
  return Py_XNewRef(type);
}

static PyMethodDef functions[] = {
  {"make", make, METH_VARARGS, NULL},
  {"make_tally", make_tally, METH_NOARGS, NULL},
  {"make_counted", make_counted, METH_VARARGS, NULL},
  {"next_serial", next_serial, METH_NOARGS, NULL},
  {"memory", memory, METH_NOARGS, NULL},
  {"record", record, METH_VARARGS, NULL},
  {"sweep", sweep, METH_VARARGS, NULL},
  {"topological", topological, METH_VARARGS, NULL},
  {"connected", connected, METH_VARARGS, NULL},
  {"in_order", in_order, METH_O, NULL},
  {"spread", spread, METH_VARARGS, NULL},
  {"slices", slices, METH_VARARGS, NULL},
  {"run", run, METH_VARARGS, NULL},
  {"differentiate", differentiate, METH_VARARGS, NULL},
  {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT, "_native", "The native Value.", -1, functions, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&definition); }
