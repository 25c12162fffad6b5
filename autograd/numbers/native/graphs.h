/* What `Graph` and `Linearization` do for every node, in C for graphs of native nodes. Python does the rest:
   what these functions leave, and all errors. */

static PyObject *integers(const int64_t *numbers, Py_ssize_t count) {
  return PyBytes_FromStringAndSize((const char *)numbers, count * (Py_ssize_t)sizeof(int64_t));
}

/* connected(nodes, places): the places of all inputs and where each node's begin, as 64-bit integers; None if
   that is left to Python. */
static PyObject *connected(PyObject *module, PyObject *args) {
  PyObject *nodes, *places, *result = NULL;
  if (!PyArg_ParseTuple(args, "O!O!", &PyList_Type, &nodes, &PyDict_Type, &places)) return NULL;
  Py_ssize_t count = PyList_Size(nodes), edges = 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject *v = PyList_GetItem(nodes, i);
    if (!IS_KIN(v)) Py_RETURN_NONE;
    if (((Node *)v)->a) edges += count_inputs((Node *)v);
  }
  int64_t *sources = malloc((edges + count + 2) * sizeof(int64_t)), *starts = sources + edges;
  if (!sources) return PyErr_NoMemory();
  edges = 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    Node *v = (Node *)PyList_GetItem(nodes, i);
    starts[i] = edges;
    Py_ssize_t inputs = v->a ? count_inputs(v) : 0;
    for (Py_ssize_t k = 0; k < inputs; k++) {
      PyObject *input = !k ? v->a : v->layout == B_OBJECT ? PyTuple_GetItem(v->b.object, k - 1) : b_object(v);
      PyObject *place = input ? PyDict_GetItem(places, input) : NULL; /* no input: an unknown constant */
      if (!place) goto left;
      sources[edges++] = PyLong_AsLongLong(place);
    }
  }
  starts[count] = edges;
  PyObject *first = integers(sources, edges), *second = integers(starts, count + 1);
  if (first && second) result = PyTuple_Pack(2, first, second);
  Py_XDECREF(first);
  Py_XDECREF(second);
  free(sources);
  return result;
left:
  free(sources);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

/* in_order(nodes): whether they are native and each is newer than its inputs. */
static PyObject *in_order(PyObject *module, PyObject *nodes) {
  if (!PyList_CheckExact(nodes)) Py_RETURN_FALSE;
  for (Py_ssize_t i = 0, count = PyList_Size(nodes); i < count; i++) {
    Node *v = (Node *)PyList_GetItem(nodes, i);
    if (!IS_KIN((PyObject *)v)) Py_RETURN_FALSE;
    Py_ssize_t inputs = v->a ? count_inputs(v) : 0;
    for (Py_ssize_t k = 0; k < inputs; k++) {
      PyObject *u = !k ? v->a : v->layout == B_OBJECT ? PyTuple_GetItem(v->b.object, k - 1) : b_object(v);
      if (u && (!IS_KIN(u) || ((Node *)u)->serial >= v->serial)) Py_RETURN_FALSE;
    }
  }
  Py_RETURN_TRUE;
}

/* spread(moves, sources, starts): mark every node with a marked input, in order; a mark of 2 stays as it is. */
static PyObject *spread(PyObject *module, PyObject *args) {
  Py_buffer moves, sources, starts;
  if (!PyArg_ParseTuple(args, "w*y*y*", &moves, &sources, &starts)) return NULL;
  unsigned char *marks = moves.buf;
  const int64_t *from = sources.buf, *at = starts.buf;
  for (Py_ssize_t i = 0; i < moves.len; i++)
    for (int64_t k = at[i]; !marks[i] && k < at[i + 1]; k++) marks[i] = marks[from[k]] == 1;
  PyBuffer_Release(&moves);
  PyBuffer_Release(&sources);
  PyBuffer_Release(&starts);
  Py_RETURN_NONE;
}

/* slices(sources, starts): a list of tuples, the parts of the first between the numbers of the second. */
static PyObject *slices(PyObject *module, PyObject *args) {
  Py_buffer sources, starts;
  if (!PyArg_ParseTuple(args, "y*y*", &sources, &starts)) return NULL;
  const int64_t *from = sources.buf, *at = starts.buf;
  Py_ssize_t count = starts.len / (Py_ssize_t)sizeof(int64_t) - 1;
  PyObject *list = PyList_New(count), *none = PyTuple_New(0);
  for (Py_ssize_t i = 0; list && i < count; i++) {
    Py_ssize_t size = (Py_ssize_t)(at[i + 1] - at[i]);
    PyObject *part = size ? PyTuple_New(size) : Py_XNewRef(none);
    for (Py_ssize_t k = 0; part && k < size; k++) PyTuple_SetItem(part, k, PyLong_FromLongLong(from[at[i] + k]));
    if (part) PyList_SetItem(list, i, part);
    else Py_CLEAR(list);
  }
  Py_XDECREF(none);
  PyBuffer_Release(&sources);
  PyBuffer_Release(&starts);
  if (list && PyErr_Occurred()) Py_CLEAR(list);
  return list;
}

static PyObject *at_place(PyObject *list, PyObject *place) {
  Py_ssize_t i = PyLong_AsSsize_t(place);
  return i < 0 || i >= PyList_Size(list) ? NULL : PyList_GetItem(list, i);
}

static PyObject *gathered(PyObject *numbers, PyObject *places, PyObject *first) {
  Py_ssize_t count = PyTuple_Size(places), before = first ? 1 : 0;
  PyObject *found = PyTuple_New(before + count);
  if (found && first) PyTuple_SetItem(found, 0, Py_NewRef(first));
  for (Py_ssize_t i = 0; found && i < count; i++) {
    PyObject *x = at_place(numbers, PyTuple_GetItem(places, i));
    if (x) PyTuple_SetItem(found, before + i, Py_NewRef(x));
    else Py_CLEAR(found);
  }
  return found;
}

/* run(outputs, given, primitives, inputs): append what the rows compute on counted numbers, up to the first case
   that is left to Python. */
static PyObject *run(PyObject *module, PyObject *args) {
  PyObject *outputs, *given, *primitives, *inputs;
  if (!PyArg_ParseTuple(args, "O!O!O!O!", &PyList_Type, &outputs, &PyList_Type, &given, &PyList_Type, &primitives,
                        &PyList_Type, &inputs))
    return NULL;
  for (Py_ssize_t i = PyList_Size(outputs), count = PyList_Size(given); i < count; i++) {
    PyObject *result = Py_NewRef(PyList_GetItem(given, i));
    if (result == Py_None) {
      Py_DECREF(result);
      PyObject *primitive = PyList_GetItem(primitives, i);
      PyObject *places = PyList_GetItem(inputs, i);
      int op = op_of(primitive);
      Py_ssize_t size = PyTuple_Size(places);
      PyObject *x = size ? at_place(outputs, PyTuple_GetItem(places, 0)) : NULL;
      PyObject *y = size == 2 ? at_place(outputs, PyTuple_GetItem(places, 1)) : NULL;
      result = NULL;
      if (size == 1 && op > OP_constant && op < OP_add && x && IS_COUNTED(x)) {
        result = counted_unary(x, op);
      } else if (y && op >= OP_add && op < OP_power_of) {
        result = counted_binary(x, y, op);
      } else if (x && op == OP_other && (PyObject *)Py_TYPE(primitive) == LEFT("Primitive")) {
        PyObject *numbers = gathered(outputs, places, NULL);
        result = numbers ? count_row(primitive, numbers, size) : NULL;
        Py_XDECREF(numbers);
      }
      if (!result && PyErr_Occurred()) return NULL;
      if (!result) break;
    }
    int failed = PyList_Append(outputs, result);
    Py_DECREF(result);
    if (failed) return NULL;
  }
  Py_RETURN_NONE;
}

/* The edges of one vertex; NULL without an error if they are left to Python. */
static PyObject *edges_of(PyObject *primitive, PyObject *output, PyObject *outputs, PyObject *places, PyObject *vertices) {
  Py_ssize_t count = PyTuple_Size(places);
  int moving = 0;
  for (Py_ssize_t k = 0; k < count && !moving; k++)
    moving = PyDict_GetItem(vertices, PyTuple_GetItem(places, k)) != NULL;
  if (!moving) return PyList_New(0);
  PyObject *arguments = gathered(outputs, places, output), *rule = NULL, *partials = NULL, *list = NULL;
  if (arguments) rule = PyObject_GetAttrString(primitive, "partials");
  if (rule) partials = PyObject_CallObject(rule, arguments);
  if (partials && !PyTuple_CheckExact(partials)) {
    PyObject *tuple = PySequence_Tuple(partials);
    Py_DECREF(partials);
    partials = tuple;
  }
  if (partials && PyTuple_Size(partials) == count && (list = PyList_New(0))) {
    for (Py_ssize_t k = 0; list && k < count; k++) {
      PyObject *vertex = PyDict_GetItem(vertices, PyTuple_GetItem(places, k));
      if (!vertex) continue;
      PyObject *edge = PyTuple_Pack(2, vertex, PyTuple_GetItem(partials, k));
      if (!edge || PyList_Append(list, edge)) Py_CLEAR(list);
      Py_XDECREF(edge);
    }
  }
  Py_XDECREF(arguments);
  Py_XDECREF(rule);
  Py_XDECREF(partials);
  return list;
}

/* differentiate(edges, order, outputs, primitives, inputs, vertices, special): append the edges of the vertices,
   up to the first case that is left to Python, such as a place in `special`. */
static PyObject *differentiate(PyObject *module, PyObject *args) {
  PyObject *edges, *order, *outputs, *primitives, *inputs, *vertices, *special;
  if (!PyArg_ParseTuple(args, "O!O!O!O!O!O!O!", &PyList_Type, &edges, &PyList_Type, &order, &PyList_Type, &outputs,
                        &PyList_Type, &primitives, &PyList_Type, &inputs, &PyDict_Type, &vertices, &PyDict_Type,
                        &special))
    return NULL;
  for (Py_ssize_t v = PyList_Size(edges), count = PyList_Size(order); v < count; v++) {
    PyObject *place = PyList_GetItem(order, v), *output = at_place(outputs, place);
    int scalar = output && (IS_VALUE(output) || PyFloat_CheckExact(output) ||
                            (IS_COUNTED(output) && ((CountedNumber *)output)->kind));
    if (!scalar || PyDict_GetItem(special, place)) break;
    PyObject *list = edges_of(at_place(primitives, place), output, outputs, at_place(inputs, place), vertices);
    if (!list && PyErr_Occurred()) return NULL;
    if (!list) break;
    int failed = PyList_Append(edges, list);
    Py_DECREF(list);
    if (failed) return NULL;
  }
  Py_RETURN_NONE;
}
