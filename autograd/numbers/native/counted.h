/* `Counted` and the counts of its `Ledger`: numbers/counted.py, in C where the numbers are floats.

   As with nodes, anything else is left to the Python code, which then counts: numbers of another kind, results
   that are not finite, fused rows, subclasses. A number is counted where it is computed, and nowhere twice. */

typedef struct {
  PyObject_HEAD
  long long products, sums;
  Py_ssize_t alive, most;
} Tally;

typedef struct {
  PyObject_HEAD
  double number;
  PyObject *data; /* if it is no float, and no int that is a double */
  Tally *ledger;
  Py_ssize_t held; /* how many numbers it is */
  int kind;        /* of `number`, as by number_of; 0 if there is `data` */
} CountedNumber;

static PyTypeObject *counted_type, *tally_type;
static PyObject *counting; /* a dict of what is left to Python */

#define IS_COUNTED(x) (Py_TYPE(x) == counted_type)
#define IS_COUNTED_KIN(x) (IS_COUNTED(x) || PyType_IsSubtype(Py_TYPE(x), counted_type))
#define LEFT(name) PyDict_GetItemString(counting, name)

static void hold(CountedNumber *x, Tally *ledger, Py_ssize_t held) {
  x->ledger = (Tally *)Py_NewRef((PyObject *)ledger);
  x->held = held;
  ledger->alive += held;
  if (ledger->alive > ledger->most) ledger->most = ledger->alive;
}

static PyObject *counted_of(double number, Tally *ledger) {
  CountedNumber *x = PyObject_Malloc(sizeof(CountedNumber));
  if (!x) return PyErr_NoMemory();
  x->ob_base.ob_type = counted_type; /* which is kept forever */
  x->ob_base.ob_refcnt = 1;
  x->number = number;
  x->data = NULL;
  x->kind = 1;
  hold(x, ledger, 1);
  return (PyObject *)x;
}

static void counted_dealloc(PyObject *self) {
  CountedNumber *x = (CountedNumber *)self;
  PyTypeObject *type = Py_TYPE(self);
  if (x->ledger) {
    x->ledger->alive -= x->held;
    Py_DECREF((PyObject *)x->ledger);
  }
  Py_XDECREF(x->data);
  if (type == counted_type) {
    PyObject_Free(self);
  } else {
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
  }
}

static int counted_traverse(PyObject *self, visitproc visit, void *arg) {
  CountedNumber *x = (CountedNumber *)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(x->data);
  Py_VISIT((PyObject *)x->ledger);
  return 0;
}

static PyObject *counted_new(PyTypeObject *type, PyObject *args, PyObject *names) {
  if (type != counted_type) return ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
  CountedNumber *x = PyObject_Malloc(sizeof(CountedNumber));
  if (!x) return PyErr_NoMemory();
  memset(x, 0, sizeof *x);
  x->ob_base.ob_type = type;
  x->ob_base.ob_refcnt = 1;
  return (PyObject *)x;
}

static int set_counted_data(PyObject *self, PyObject *data, void *closure) {
  CountedNumber *x = (CountedNumber *)self;
  if (!data) {
    PyErr_SetString(PyExc_AttributeError, "the data of a Counted cannot be deleted");
    return -1;
  }
  PyObject *before = x->data;
  x->kind = number_of(data, &x->number);
  x->data = x->kind ? NULL : Py_NewRef(data);
  Py_XDECREF(before);
  return 0;
}

/* Counted(data, ledger) */
static int counted_init(PyObject *self, PyObject *args, PyObject *names) {
  static char *keywords[] = {"data", "ledger", NULL};
  CountedNumber *x = (CountedNumber *)self;
  PyObject *data, *ledger;
  Py_ssize_t held = 1;
  if (!PyArg_ParseTupleAndKeywords(args, names, "OO", keywords, &data, &ledger)) return -1;
  if (!PyType_IsSubtype(Py_TYPE(ledger), tally_type)) {
    PyErr_Format(PyExc_TypeError, "a Counted counts into a Ledger, not %R", ledger);
    return -1;
  }
  if (x->ledger) {
    PyErr_SetString(PyExc_TypeError, "a Counted is made once");
    return -1;
  }
  if (PyFloat_CheckExact(data) || PyLong_CheckExact(data)) {
    set_counted_data(self, data, NULL);
  } else {
    PyObject *elements = PyObject_CallFunctionObjArgs(LEFT("elements"), data, NULL), *array;
    if (!elements || !PyArg_ParseTuple(elements, "On", &array, &held)) {
      Py_XDECREF(elements);
      return -1;
    }
    set_counted_data(self, array, NULL);
    Py_DECREF(elements);
  }
  hold(x, (Tally *)ledger, held);
  return 0;
}

static PyObject *get_counted_data(PyObject *self, void *closure) {
  CountedNumber *x = (CountedNumber *)self;
  if (x->data) return Py_NewRef(x->data);
  return boxed(x->number, x->kind == 2);
}

static PyObject *get_ledger(PyObject *self, void *closure) {
  PyObject *ledger = (PyObject *)((CountedNumber *)self)->ledger;
  return Py_NewRef(ledger ? ledger : Py_None);
}

/* ---- operations */

/* The kind of an operand as by number_of, with its number and, of a counted one, its ledger. */
static inline int operand(PyObject *x, double *number, Tally **ledger) {
  if (!IS_COUNTED(x)) return number_of(x, number);
  CountedNumber *counted = (CountedNumber *)x;
  if (!*ledger) *ledger = counted->ledger;
  *number = counted->number;
  return counted->kind;
}

static PyObject *counted_unary(PyObject *self, int op) {
  double x = 0, out = 0;
  Tally *ledger = NULL;
  if (operand(self, &x, &ledger) == 1 && ledger) {
    switch (op) {
#define X(name) case OP_##name: out = forward_##name(x); break;
      UNARY_RULES(X)
#undef X
    }
    if (FINITE(out)) {
      ledger->products++;
      return counted_of(out, ledger);
    }
  }
  return PyObject_CallFunction(LEFT("_apply"), "OO(O)", Py_TYPE(self), rows[op], self);
}

/* The result of two operands, or NULL without an error if the case is left to Python. */
static inline PyObject *counted_binary(PyObject *left, PyObject *right, int op) {
  double x, y, out;
  Tally *ledger = NULL;
  int first = operand(left, &x, &ledger), second = operand(right, &y, &ledger);
  if (!first || !second || !ledger || first + second == 4) return NULL;
  switch (op) {
    case OP_add: out = forward_add(x, y); break;
    case OP_sub: out = forward_sub(x, y); break;
    case OP_mul: out = forward_mul(x, y); break;
    case OP_div: out = forward_div(x, y); break;
    default:
      if (first + second > 2) return NULL; /* the result may be the int itself */
      out = computed(op, x, y);
  }
  if (!FINITE(out)) return NULL;
  if (op == OP_add || op == OP_sub) ledger->sums++;
  else ledger->products++;
  return counted_of(out, ledger);
}

static PyObject *counted_in_python(PyObject *left, PyObject *right, const char *method, const char *reflected) {
  if (PyErr_Occurred()) return NULL;
  if (IS_COUNTED_KIN(left)) {
    PyObject *result = PyObject_CallFunctionObjArgs(LEFT(method), left, right, NULL);
    if (result != Py_NotImplemented || !IS_COUNTED_KIN(right)) return result;
    Py_DECREF(result);
  }
  return PyObject_CallFunctionObjArgs(LEFT(reflected), right, left, NULL);
}

#define COUNTED_OPERATOR(name, method) \
  static PyObject *counted_##name(PyObject *left, PyObject *right) { \
    PyObject *result = counted_binary(left, right, OP_##name); \
    return result ? result : counted_in_python(left, right, "__" #method "__", "__r" #method "__"); \
  }
COUNTED_OPERATOR(add, add)
COUNTED_OPERATOR(sub, sub)
COUNTED_OPERATOR(mul, mul)
COUNTED_OPERATOR(div, truediv)

static PyObject *counted_pow(PyObject *left, PyObject *right, PyObject *modulus) {
  if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
  return counted_in_python(left, right, "__pow__", "__rpow__");
}

#define X(name) static PyObject *counted_##name(PyObject *self, PyObject *none) { return counted_unary(self, OP_##name); }
UNARY_RULES(X)
#undef X

static PyObject *counted_negative(PyObject *self) { return counted_unary(self, OP_neg); }
static PyObject *counted_absolute(PyObject *self) { return counted_unary(self, OP_abs); }

static void enter(Tally *ledger, PyObject *primitive, PyObject *operations) {
  PyObject *kind = PyObject_GetAttrString(primitive, "kind");
  if (kind && !operations && PyUnicode_CompareWithASCIIString(kind, "multiplications") == 0) {
    ledger->products++;
  } else if (kind && !operations && PyUnicode_CompareWithASCIIString(kind, "additions") == 0) {
    ledger->sums++;
  } else if (kind) {
    PyObject *done = PyObject_CallMethod((PyObject *)ledger, "enter", operations ? "OO" : "O", primitive, operations);
    Py_XDECREF(done);
  }
  Py_XDECREF(kind);
}

/* Apply a row in Python to floats; NULL without an error if that is left to Python too. */
static PyObject *count_row(PyObject *primitive, PyObject *inputs, Py_ssize_t count) {
  PyObject *data = PyTuple_New(count), *forward = NULL, *out = NULL, *result = NULL;
  Tally *ledger = NULL;
  for (Py_ssize_t i = 0; data && i < count; i++) {
    PyObject *x = PySequence_GetItem(inputs, i);
    double number;
    int kind = x ? operand(x, &number, &ledger) : 0;
    Py_XDECREF(x);
    if (kind != 1) goto end;
    PyTuple_SetItem(data, i, PyFloat_FromDouble(number));
  }
  if (!data || !ledger || PyErr_Occurred()) goto end;
  Py_INCREF((PyObject *)ledger); /* the row runs Python code */
  forward = PyObject_GetAttrString(primitive, "forward");
  out = forward ? PyObject_CallObject(forward, data) : NULL;
  if (out && PyFloat_CheckExact(out)) {
    enter(ledger, primitive, NULL);
    if (!PyErr_Occurred()) result = counted_of(PyFloat_AsDouble(out), ledger);
  } else if (out) {
    result = PyObject_CallFunctionObjArgs(LEFT("entered"), (PyObject *)ledger, primitive, out, data, NULL);
  }
  Py_DECREF((PyObject *)ledger);
end:
  Py_XDECREF(data);
  Py_XDECREF(forward);
  Py_XDECREF(out);
  return result;
}

/* Counted._apply(primitive, inputs) */
static PyObject *counted_apply(PyObject *type, PyObject *args) {
  PyObject *primitive, *inputs, *result = NULL;
  if (!PyArg_ParseTuple(args, "OO", &primitive, &inputs)) return NULL;
  if (type == (PyObject *)counted_type && (PyTuple_CheckExact(inputs) || PyList_CheckExact(inputs))) {
    int op = op_of(primitive);
    int listed = PyList_CheckExact(inputs);
    Py_ssize_t count = PySequence_Size(inputs);
    PyObject *x = !count ? NULL : listed ? PyList_GetItem(inputs, 0) : PyTuple_GetItem(inputs, 0);
    if (count == 1 && op > OP_constant && op < OP_add && IS_COUNTED(x)) return counted_unary(x, op);
    if (count == 2 && op >= OP_add && op < OP_power_of)
      result = counted_binary(x, listed ? PyList_GetItem(inputs, 1) : PyTuple_GetItem(inputs, 1), op);
    else if (count && op == OP_other && (PyObject *)Py_TYPE(primitive) == LEFT("Primitive"))
      result = count_row(primitive, inputs, count);
    if (result || PyErr_Occurred()) return result;
  }
  return PyObject_CallFunctionObjArgs(LEFT("_apply"), type, primitive, inputs, NULL);
}

static PyObject *counted_compare(PyObject *self, PyObject *other, int how) {
  static const char *const methods[] = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"};
  double x, y;
  Tally *ledger = NULL;
  if (!IS_COUNTED(self) || !operand(self, &x, &ledger) || !operand(other, &y, &ledger))
    return PyObject_CallFunctionObjArgs(LEFT(methods[how]), self, other, NULL);
  return compared(x, y, how);
}

static PyGetSetDef counted_attributes[] = {
  {"data", get_counted_data, set_counted_data, NULL, NULL},
  {"ledger", get_ledger, NULL, NULL, NULL},
  {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef counted_methods[] = {
#define X(name) {#name, counted_##name, METH_NOARGS, NULL},
  UNARY_RULES(X)
#undef X
  {"_apply", counted_apply, METH_VARARGS | METH_CLASS, NULL},
  {NULL, NULL, 0, NULL},
};

static PyType_Slot counted_slots[] = {
  {Py_tp_new, counted_new},
  {Py_tp_init, counted_init},
  {Py_tp_dealloc, counted_dealloc},
  {Py_tp_traverse, counted_traverse},
  {Py_tp_richcompare, counted_compare},
  {Py_tp_hash, node_hash},
  {Py_nb_add, counted_add},
  {Py_nb_subtract, counted_sub},
  {Py_nb_multiply, counted_mul},
  {Py_nb_true_divide, counted_div},
  {Py_nb_power, counted_pow},
  {Py_nb_negative, counted_negative},
  {Py_nb_absolute, counted_absolute},
  {Py_tp_getset, counted_attributes},
  {Py_tp_methods, counted_methods},
  {0, NULL},
};

static PyType_Spec counted_spec = {
  .name = "autograd.numbers.counted.Counted",
  .basicsize = sizeof(CountedNumber),
  .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
  .slots = counted_slots,
};

/* ---- the counts of a ledger */

static void tally_dealloc(PyObject *self) {
  PyTypeObject *type = Py_TYPE(self);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMemberDef tally_members[] = {
  {"products", T_LONGLONG, offsetof(Tally, products), 0, NULL},
  {"sums", T_LONGLONG, offsetof(Tally, sums), 0, NULL},
  {"alive", T_PYSSIZET, offsetof(Tally, alive), READONLY, NULL},
  {"most", T_PYSSIZET, offsetof(Tally, most), 0, NULL},
  {NULL, 0, 0, 0, NULL},
};

static PyType_Slot tally_slots[] = {
  {Py_tp_dealloc, tally_dealloc},
  {Py_tp_members, tally_members},
  {0, NULL},
};

static PyType_Spec tally_spec = {
  .name = "autograd.numbers.counted.Tally",
  .basicsize = sizeof(Tally),
  .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
  .slots = tally_slots,
};

/* tally(): the class. */
static PyObject *make_tally(PyObject *module, PyObject *none) {
  if (!tally_type) tally_type = (PyTypeObject *)PyType_FromSpec(&tally_spec);
  return Py_XNewRef((PyObject *)tally_type);
}

/* counted(Number, rows by name, what is left to Python by name): the class. */
static PyObject *make_counted(PyObject *module, PyObject *args) {
  PyObject *base, *table, *left;
  if (!PyArg_ParseTuple(args, "OO!O!", &base, &PyDict_Type, &table, &PyDict_Type, &left)) return NULL;
  if (counted_type || !tally_type) return PyErr_Format(PyExc_RuntimeError, "the native Counted is made once, after its tally");
  if (set_rows(table)) return NULL;
  counting = Py_NewRef(left);
  PyObject *bases = PyTuple_Pack(1, base);
  counted_type = bases ? (PyTypeObject *)PyType_FromSpecWithBases(&counted_spec, bases) : NULL;
  Py_XDECREF(bases);
  return Py_XNewRef((PyObject *)counted_type);
}
