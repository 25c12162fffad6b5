import ast
import doctest
import math
import operator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz.expression
from autograd import Graph, Value, gradient, primitive
from autograd.rules.primitive import TABLE
from viz import function_names
from viz.expression import ExpressionError, assignments, parse, parse_all
from viz.function_names import ALIASES, functions

POINT = {"x": 0.75, "y": -1.5, "α_1": 2.0}
OPERATORS = {
    ast.Add(): operator.add,
    ast.Sub(): operator.sub,
    ast.Mult(): operator.mul,
    ast.Div(): operator.truediv,
    ast.Pow(): operator.pow,
    ast.Mod(): operator.mod,
    ast.FloorDiv(): operator.floordiv,
}
SIGNS = {ast.USub(): operator.neg, ast.UAdd(): operator.pos}
OF_ONE = {
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")},
    **{name: getattr(math, name) for name in ("tan", "sinh", "log1p", "asin", "atanh", "erf", "lgamma")},
    "arctan": math.atan,
    "abs": abs,
    "square": lambda a: a * a,
    "relu": lambda a: max(a, 0.0),
}
OF_TWO = {"maximum": max, "minimum": min, "hypot": math.hypot, "atan2": math.atan2, "fmod": math.fmod}


OPERATORS_ALONE = ("add", "sub", "mul", "div", "power", "neg", "identity")


def known(function, *operands):
    """The result of Python's arithmetic; None where undefined, not real or not finite."""
    if None in operands:
        return None
    try:
        value = function(*operands)
    except (ArithmeticError, ValueError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def call(name, *inputs):
    return ast.Call(func=ast.Name(name), args=list(inputs), keywords=[])


def larger(trees):
    """Trees made of smaller trees, with their values."""

    def of_one(node):
        return lambda function, a: (node(function[0], a[0]), known(function[1], a[1]))

    def of_two(node):
        return lambda function, a, b: (node(function[0], a[0], b[0]), known(function[1], a[1], b[1]))

    return st.one_of(
        st.builds(of_one(lambda op, a: ast.UnaryOp(op, a)), st.sampled_from(list(SIGNS.items())), trees),
        st.builds(of_one(call), st.sampled_from(list(OF_ONE.items())), trees),
        st.builds(
            of_two(lambda op, a, b: ast.BinOp(a, op, b)),
            st.sampled_from(list(OPERATORS.items())),
            trees,
            trees,
        ),
        st.builds(of_two(call), st.sampled_from(list(OF_TWO.items())), trees, trees),
    )


CONSTANTS = st.one_of(
    st.floats(0, 4).map(lambda x: (ast.Constant(x), x)),
    st.integers(0, 4).map(lambda n: (ast.Constant(n), float(n))),
    st.sampled_from([(ast.Name("pi"), math.pi), (ast.Name("e"), math.e)]),
)
NAMES = st.sampled_from([(ast.Name(name), x) for name, x in POINT.items()])
TREES = st.recursive(NAMES | CONSTANTS, larger, max_leaves=12)


@settings(max_examples=400)
@given(TREES)
def test_the_value_is_what_python_computes(tree):
    node, value = tree
    text = ast.unparse(node)
    names = {piece.id for piece in ast.walk(node) if isinstance(piece, ast.Name)}
    used = {name: x for name, x in POINT.items() if name in names}
    if not used:
        text, used = f"({text}) + x", {"x": POINT["x"]}
        value = known(operator.add, value, POINT["x"])
    if value is None:
        with pytest.raises(ExpressionError):
            parse(text, used)
    else:
        root = parse(text, used)
        assert root.data == value
        assert {leaf.name: leaf.data for leaf in Graph(root).leaves} == used


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with pytest.raises(ExpressionError, match=r"^[^\n]+$"):
        parse(text, {})


@given(st.text(st.sampled_from("xye1. +-*/()[],:=^'\"{}@%<!~lambdfornip\\#;_")))
def test_any_text_of_the_characters_of_expressions_is_read_or_refused(text):
    with suppress(ExpressionError):
        root = parse(text, {"x": 2.0})
        assert isinstance(root, Value)
        assert math.isfinite(root.data)


@given(st.text(), st.text() | st.floats().map(str))
def test_any_assignment_is_read_or_refused(name, number):
    with suppress(ExpressionError):
        ((read, x),) = assignments([f"{name}={number}"]).items()
        assert read.isidentifier()
        assert isinstance(x, float)


NOT_ARITHMETIC = [
    "x.real",
    "x.__class__",
    "().__class__.__bases__",
    "np.tanh(x)",
    "__import__('os').system('true')",
    "x[0]",
    "x[0:1]",
    "lambda: x",
    "lambda x: x",
    "[x]",
    "(x, x)",
    "x, x",
    "()",
    "{x}",
    "{}",
    "{x: x}",
    "[x for x in x]",
    "(x for x in x)",
    "{x: x for x in x}",
    "'x'",
    "'x' * 10**9",
    "b'x'",
    "f'{x}'",
    "f''",
    "True",
    "None",
    "...",
    "1j",
    "x * 1j",
    "x < 1",
    "x == x",
    "x in x",
    "x is x",
    "1or x",
    "x and x",
    "not x",
    "~x",
    "x if x else x",
    "x @ x",
    "x << 2",
    "x | x",
    "x & x",
    "(x := 3)",
    "exp(x=1)",
    "exp(x, **x)",
    "exp(*x)",
    "exp(x)(x)",
    "(exp)(y := x)",
    "(yield)",
    "(yield x)",
    "(yield from x)",
]


@pytest.mark.parametrize("text", NOT_ARITHMETIC)
def test_anything_but_arithmetic_is_refused_with_its_column(text):
    with pytest.raises(
        ExpressionError, match=r"^['\"].* at column \d+ is not arithmetic: an expression consists"
    ):
        parse(text, {"x": 1.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the expression is empty: write one"),
        ("   ", "the expression is empty"),
        ("x^2", r"'x\^2' at column 1 is not arithmetic: write a power as \*\*"),
        ("1 + x[0]", r"'x\[0\]' at column 5 is not arithmetic"),
        ("α + x.real*2", r"'x.real' at column 5 is not"),
        ("x +", r"cannot be read at its end: an expression is missing after \+"),
        ("x**2 -", "cannot be read at its end: an expression is missing after -"),
        ("x=", "cannot be read at its end: an expression is missing after ="),
        ("=x", "cannot be read at column 1: a name is missing before ="),
        (";", "cannot be read at column 1: an expression is missing before ;"),
        ("x*/x", "cannot be read at column 3: an expression is missing before /"),
        ("h:=x", "cannot be read at column 2: write = for :="),
        ("x?", r"cannot be read at column 2: \? has no meaning there"),
        ("2x", r"cannot be read at column 1: write a product with \*, as in 2\*x"),
        ("(x", r"cannot be read at column 1: '\(' was never closed"),
        ("x)", r"cannot be read at column 2: unmatched '\)'"),
        ("x = 3", "'x' has both a number and an expression: leave one of them out"),
        ("h = x; h = 2*x; h", r"'2\*x' at column 12 defines 'h' a second time: give it another name"),
        ("h*x; h = x", "'h' at column 1 is used before it is defined"),
        ("h = h*x", "'h' at column 5 is used before it is defined"),
        ("e*x; e = x", "'e' at column 1 is used before it is defined"),
        ("h = x; k*h", "'k' at column 8 has no value: write k=1"),
        ("x; 1 + 1", r"'1 \+ 1' at column 4 depends on no number that can change"),
        ("x; h = pi", "'pi' at column 8 depends on no number that can change"),
        ("h = g = x", "cannot be read at column 1: write expressions, or names for them as in h = x"),
        ("x; h.a = x", "cannot be read at column 4: write expressions, or names"),
        ("h, g = x, x", "cannot be read at column 1: write expressions, or names"),
        ("x; h: x = x", "cannot be read at column 4"),
        ("x; h += x", "cannot be read at column 4"),
        ("x; del x", "cannot be read at column 4"),
        ("x; pass", "cannot be read at column 4"),
        ("while x: x", "cannot be read at column 1"),
        ("x;; x", "cannot be read at column 3: an expression is missing before ;"),
        ("import os", "cannot be read at column 1"),
        ("x; x", "there are 2 results: give one"),
        ("x²", r"cannot be read at column 2: write x\*\*2 for ²"),
        ("x # y", r"column 3 of the expression is U\+0023: use one line"),
        ("x\n+ 1", r"column 2 of the expression is U\+000A"),
        ("x\0", r"column 2 of the expression is U\+0000"),
        ("x\udcff", r"column 2 of the expression is U\+DCFF"),
        ("x\u202e", r"column 2 of the expression is U\+202E"),
        ("x\u200b", r"column 2 of the expression is U\+200B"),
        ("\ufeffx", r"column 1 of the expression is U\+FEFF"),
        ("x\xa0+ 1", r"column 2 of the expression is U\+00A0"),
        ("x" * 2001, "has 2,001 characters, over the limit of 2,000"),
        ("x * y", "'y' at column 5 has no value: write y=1$"),
        ("X * y", "'X' at column 1 has no value: write X=1; the expression does not use 'x'"),
        ("1 + W" + "w" * 100, r"at column 5 has no value: write Ww{30}…=1; the"),
        ("tanh * x", r"'tanh' at column 1 is a function: write its input, as in tanh\(x\)"),
        ("1 + 2", "the expression does not use 'x': leave its number out"),
        (
            "max(x, 1)",
            r"'max\(x, 1\)' at column 1 calls an unknown function: perhaps maximum\? the functions are",
        ),
        ("ln(x)", r"calls an unknown function: perhaps log\? the functions are square, sqrt, exp, log"),
        ("print(x)", "calls an unknown function"),
        ("add(x, x)", "calls an unknown function"),
        ("x(2)", r"write a product with \*, as in x\*"),
        ("exp(x, x)", r"'exp\(x, x\)' at column 1 gives exp 2 inputs; it takes 1"),
        ("maximum(x)", "gives maximum 1 inputs; it takes 2"),
        ("exp()", "gives exp 0 inputs"),
        ("x + 1e999", "'1e999' at column 5 is too large: the greatest float is"),
        ("x + 1" + "0" * 400, "at column 5 is too large"),
        (
            "x / 0",
            r"'x / 0' at column 1 cannot be computed: div\('x'=1.0, 0.0\) is undefined: float division",
        ),
        ("x + 1/0", "'1/0' at column 5 cannot be computed: float division by zero"),
        ("0**-x", r"'0\*\*-x' at column 1 cannot be computed: .*0.0 cannot be raised to a negative power"),
        ("log(-x)", r"'log\(-x\)' at column 1 cannot be computed: .*math domain error"),
        ("exp(1000*x)", "cannot be computed: .*math range error"),
        ("x + 10.0**400", "'10.0.*' at column 5 cannot be computed: Numerical result out of range"),
        ("x + 9**9**9**9", "cannot be computed: Numerical result out of range"),
        ("(-8)**(1/3) * x", "a negative base has no real power with a fractional exponent"),
        ("(-8*x)**(1/3)", "a negative base has no real power with a fractional exponent"),
        ("1 / (1e308*x * 10)", r"'1e308\*x \* 10' at column 6 overflows"),
        ("x + 1e308*10", r"'1e308\*10' at column 5 overflows"),
    ],
)
def test_a_wrong_expression_says_what_is_wrong_and_where(text, message):
    with pytest.raises(ExpressionError, match=message):
        parse(text, {"x": 1.0})


@pytest.mark.parametrize(
    "name", ["y", "X", "", "x y", "x.y", "<b>", "\u202e", "lambda", "\ud800", "e", "tanh"]
)
def test_a_number_that_nothing_uses_is_refused(name):
    with pytest.raises(ExpressionError, match=r"the expression does not use .*: leave its number out"):
        parse("x*x", {"x": 1.0, name: 2.0})


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_a_number_is_finite(x):
    with pytest.raises(ExpressionError, match=r"x=-?(nan|inf) is not finite"):
        parse("x", {"x": x})


def test_without_a_name_there_is_nothing_to_differentiate_by():
    with pytest.raises(ExpressionError, match="nothing to differentiate by"):
        parse("pi + 1", {})


def test_operators_have_pythons_precedence():
    at = {"x": 3.0}
    assert parse("-x**2", at).data == -9
    assert parse("2**x**2", at).data == 2.0**9
    assert parse("x**-1", at).data == 1 / 3
    assert parse("1 - x - 1", at).data == -3
    assert parse("  --x*+x  ", at).data == 9
    assert parse("1_000*x + 0x10", at).data == 3016


def test_a_name_that_occurs_twice_is_one_leaf():
    root = parse("x*y + x", {"y": 3.0, "x": 2.0})
    x, y = Graph(root).leaves
    assert (x.name, y.name) == ("x", "y")
    assert gradient(root, [x, y]).values == [4, 2]


def test_numbers_are_floats():
    root = parse("x**2 * 3", {"x": 2})
    assert all(isinstance(node.data, float) for node in Graph(root).nodes)


def test_a_number_given_for_a_constant_replaces_it():
    assert parse("e*pi*x", {"x": 1.0}).data == math.e * math.pi
    assert parse("e*pi", {"e": 2.0}).data == 2 * math.pi


def test_a_name_may_also_name_a_function():
    assert parse("exp(exp)", {"exp": 0.0}).data == 1


def test_functions_come_from_the_table(monkeypatch):
    monkeypatch.setattr(function_names, "TABLE", table := dict(TABLE))
    assert set(functions()) == set(TABLE) - set(OPERATORS_ALONE) | set(ALIASES)
    assert set(OF_ONE) | set(OF_TWO) | {"sigmoid", "softplus"} <= set(functions())
    cube = primitive("cube of a test", lambda a: a * a * a, lambda out, a: (3 * a * a,))
    table["cube"] = TABLE.pop(cube.name)
    root = parse("cube(x)", {"x": 2.0})
    root.backward()
    assert root.data == 8
    assert Graph(root).leaves[0].grad == 12


@pytest.mark.parametrize("name", [*OF_ONE, "sigmoid", "softplus"])
def test_every_function_is_recorded_under_its_name(name):
    assert parse(f"{name}(x)", {"x": 0.5}).primitive is functions()[name]


def test_remainders_and_names_of_the_math_module():
    y = parse("atan2(y, x) + lgamma(x) + y % x + y // x", {"x": 0.75, "y": -1.5})
    assert y.data == math.atan2(-1.5, 0.75) + math.lgamma(0.75) + -1.5 % 0.75 + -1.5 // 0.75
    y.backward()
    assert [parse("remainder(x, 2)", {"x": 7.5}).data, parse("mod(x, 2)", {"x": 7.5}).data] == [1.5, 1.5]


@pytest.mark.parametrize(("typed", "meant"), [("ln", "log"), ("tg", "tan"), ("arcsine", "arcsin")])
def test_a_name_from_elsewhere_is_advised(typed, meant):
    with pytest.raises(ExpressionError, match=rf"perhaps {meant}\?"):
        parse(f"{typed}(x)", {"x": 1.0})


def test_the_sum_of_a_thousand_terms():
    assert parse("x+" * 999 + "x", {"x": 1.0}).data == 1000


@pytest.mark.parametrize(
    "piece", ["-", "x+", "x**", "~", "not ", "x.", "lambda:", "(", "exp(", "[", "x if x else "]
)
@pytest.mark.parametrize("length", [1_990, 10_000])
def test_deep_texts_are_read_or_refused(piece, length, monkeypatch):
    monkeypatch.setattr(viz.expression, "LONGEST", length)
    text = piece * ((length - 1) // len(piece)) + "x"
    with suppress(ExpressionError):
        assert abs(parse(text, {"x": 1.0}).data) == (text.count("x") if "+" in piece else 1)


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_a_text_too_deep_for_python_is_refused(error, monkeypatch):
    def parser(*arguments, **options):
        raise error

    monkeypatch.setattr(ast, "parse", parser)
    with pytest.raises(ExpressionError, match="nested too deeply"):
        parse("x", {"x": 1.0})


def test_assignments():
    assert assignments(["w=0.5", "x = -1e-3", " b_1= 2 ", "α=3"]) == {"w": 0.5, "x": -1e-3, "b_1": 2, "α": 3}
    assert assignments([]) == {}


def test_names_are_normalized_as_in_python():
    micro = "\N{MICRO SIGN}"
    numbers = assignments([f"{micro}=2"])
    assert list(numbers) == ["\N{GREEK SMALL LETTER MU}"]
    assert parse(f"{micro}*3", numbers).data == 6


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["x"], "'x' is not NAME=NUMBER: write w=0.5, and quote"),
        (["+"], "is not NAME=NUMBER"),
        ([""], "is not NAME=NUMBER"),
        (["=1"], "'' is not a name"),
        (["1=1"], "'1' is not a name"),
        (["x y=1"], "is not a name"),
        (["x.y=1"], "is not a name"),
        (["-x=1"], "is not a name"),
        (["x\u202e=1"], r"'x\\u202e' is not a name"),
        (["x\0=1"], r"'x\\x00' is not a name"),
        (["x\udcff=1"], r"'x\\udcff' is not a name"),
        (["lambda=1"], "'lambda' is a keyword of Python"),
        (["None=1"], "'None' is a keyword of Python"),
        (["x=1", "y=1", "x=1"], "x is given twice"),
        (["\N{MICRO SIGN}=1", "\N{GREEK SMALL LETTER MU}=1"], "is given twice"),
        (["x="], "'' is not a number: write x=0.5"),
        (["x=one"], "'one' is not a number"),
        (["x=1=2"], "'1=2' is not a number"),
        (["x=1j"], "'1j' is not a number"),
        (["x=\x1b[31m"], r"'\\x1b\[31m' is not a number"),
    ],
)
def test_a_wrong_assignment_says_what_is_wrong(texts, message):
    with pytest.raises(ExpressionError, match=message):
        assignments(texts)


def test_the_example_in_the_documentation():
    failed, tried = doctest.testmod(viz.expression)
    assert failed == 0
    assert tried > 0


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("3.5x + 1", "3.5*x"),
        ("1e3x", "1e3*x"),
        ("2 x", "2*x"),
        ("x y", "x*y"),
        ("x 2", "x*2"),
        ("2sin(x)", "2*sin"),
        ("2(x)", "write a product with *"),
        ("|x|", "abs(x)"),
        ("2*|x - 1|", "abs(x)"),
        ("sin x", "sin(x)"),
        ("√x", "sqrt(x)"),
        ("x − 1", "write - for −"),
    ],
)
def test_the_notation_of_mathematics_is_translated(text, advice):
    with pytest.raises(ExpressionError) as caught:
        parse(text, {"x": 1.0})
    assert advice in str(caught.value)


def test_intermediate_results_have_names():
    root = parse("h = tanh(w*x); g = h*h; g*v + h", {"w": 0.5, "x": 2.0, "v": 3.0})
    h = math.tanh(1.0)
    assert root.data == h * h * 3.0 + h
    assert [node.name for node in Graph(root).nodes if node.name] == ["w", "x", "h", "g", "v"]
    assert parse("tanh(w*x)*tanh(w*x)*v + tanh(w*x)", {"w": 0.5, "x": 2.0, "v": 3.0}).data == root.data


def test_results_are_what_no_later_statement_uses():
    statements = parse_all(" h = 2*x ;k = 3; h*k; g = x + k;", {"x": 0.5})
    assert [s.text for s in statements] == ["h = 2*x", "k = 3", "h*k", "g = x + k"]
    assert [s.is_result for s in statements] == [False, False, True, True]
    assert [float(getattr(s.value, "data", s.value)) for s in statements] == [1.0, 3.0, 3.0, 3.5]


def test_a_second_name_for_a_number_leaves_the_first():
    root = parse("h = x; g = h; g*h", {"x": 3.0})
    assert (root.data, [leaf.name for leaf in Graph(root).leaves]) == (9.0, ["x"])
    assert parse("e = 2*x; e*pi", {"x": 1.0}).data == 2 * math.pi


@given(st.lists(st.text(st.sampled_from("xhe1+*=()"), max_size=6), max_size=5).map(";".join))
def test_any_statements_are_read_or_refused(text):
    with suppress(ExpressionError):
        assert any(statement.is_result for statement in parse_all(text, {"x": 2.0}))
