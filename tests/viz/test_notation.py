import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Primitive, Symbol, apply
from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE
from tests.cases import POINTS
from tests.viz.formulas import balanced, from_latex, from_text, value
from viz.notation import LATEX, TEXT, Name, write

a, b, c = Symbol(0.5, "a"), Symbol(2.0, "b"), Symbol(-3.0, "c")


def text(symbol):
    return write(symbol, TEXT).text


def latex(symbol):
    return write(symbol, LATEX).text


@st.composite
def formulas(draw):
    """A formula of random operations of the table, and numbers for its names."""
    names = {f"x{i}": draw(st.sampled_from([0.5, 1.25, 2.0, -0.75])) for i in range(3)}
    symbols = [Symbol(x, name) for name, x in names.items()]
    for _ in range(draw(st.integers(1, 7))):
        name = draw(st.sampled_from(sorted(POINTS)))
        row = TABLE[name]
        numbers = st.sampled_from([0, 1, -1, 2, -2.5, Fraction(-1, 3)])
        operand = st.sampled_from(symbols[-4:]) | st.sampled_from(symbols) | numbers.map(Symbol)
        operands = [draw(operand) for _ in POINTS[name][0]]
        if row is p.power and operands[0].data <= 0:
            continue
        simplified = draw(st.booleans())
        try:
            symbol = apply(row, *operands) if simplified else Symbol.operation(row, operands)
        except (ArithmeticError, ValueError):
            continue
        if math.isfinite(symbol.data) and abs(symbol.data) < 100:
            symbols.append(symbol)
    return symbols[-1], names


@settings(max_examples=400)
@given(formulas())
def test_a_formula_means_what_it_should(drawn):
    formula, names = drawn
    expected = pytest.approx(float(formula.data), rel=1e-6, abs=1e-6)
    assert value(from_text(text(formula)), names) == expected
    assert value(from_latex(latex(formula)), names) == expected
    assert balanced(latex(formula))


@pytest.mark.parametrize(
    ("formula", "plain", "tex"),
    [
        (1 - a * a, "1 - a²", "1 - a^2"),
        (a - (b - c), "a - (b - c)", "a - (b - c)"),
        (a - b - c, "a - b - c", "a - b - c"),
        ((a + b) * c, "(a + b) · c", r"(a + b) \cdot c"),
        (a * (b * c), "a · b · c", r"a \cdot b \cdot c"),
        (a / b / c, "a / b / c", r"\frac{\frac{a}{b}}{c}"),
        (a / (b / c), "a / (b / c)", r"\frac{a}{\frac{b}{c}}"),
        (a / (b * c), "a / (b · c)", r"\frac{a}{b \cdot c}"),
        (a * b / c, "a · b / c", r"\frac{a \cdot b}{c}"),
        (a * (b / c), "a · (b / c)", r"a \cdot \frac{b}{c}"),
        ((a / b) ** 3, "(a / b)^3", r"\left(\frac{a}{b}\right)^{3}"),
        (-(a + b), "-(a + b)", "-(a + b)"),
        (-a * b, "-a · b", r"-a \cdot b"),
        (b * -a, "b · (-a)", r"b \cdot (-a)"),
        (b + -a * c, "b + (-a · c)", r"b + (-a \cdot c)"),
        ((-a) * (-a), "-a · (-a)", r"-a \cdot (-a)"),
        (b * -2.5, "b · (-2.5)", r"b \cdot (-2.5)"),
        (a**-2, "a^(-2)", "a^{-2}"),
        (2 ** (a + 1), "2^(a + 1)", "2^{a + 1}"),
        ((-a) ** 2, "(-a)^2", "(-a)^{2}"),
        (a.tanh().square(), "(tanh(a))²", r"(\tanh(a))^2"),
        (a.exp() - b.log(), "exp(a) - log(b)", r"\exp(a) - \log(b)"),
        (a.sqrt(), "√(a)", r"\sqrt{a}"),
        (abs(a), "abs(a)", r"\left|a\right|"),
        (a.sigmoid(), "σ(a)", r"\sigma(a)"),
        (a.relu(), "relu(a)", r"\operatorname{relu}(a)"),
        (a.maximum(b).minimum(1), "min(max(a, b), 1)", r"\min(\max(a, b), 1)"),
        ((a / b).tanh(), "tanh(a / b)", r"\tanh\left(\frac{a}{b}\right)"),
        (Symbol.operation(p.identity, [a]), "a", "a"),
    ],
)
def test_parentheses_are_written_only_where_needed(formula, plain, tex):
    assert text(formula) == plain
    assert latex(formula) == tex


@pytest.mark.parametrize(
    ("x", "plain", "tex"),
    [
        (2.0, "2", "2"),
        (-0.123456, "-0.1235", "-0.1235"),
        (1e-9, "1e-09", "10^{-9}"),
        (-1e20, "-1e+20", r"-1 \cdot 10^{20}"),
        (12345678, "1.235e+07", r"1.235 \cdot 10^{7}"),
        (Fraction(-1, 3), "-1/3", r"-\frac{1}{3}"),
        (math.inf, "inf", r"\infty"),
        (-math.inf, "-inf", r"-\infty"),
        (math.nan, "nan", r"\text{nan}"),
        (10**400, "> 1e308", r"\text{> 1e308}"),
    ],
)
def test_numbers_have_four_digits(x, plain, tex):
    assert text(Symbol(x)) == plain
    assert latex(Symbol(x)) == tex


def test_a_number_has_parentheses_too():
    third, small = Symbol(Fraction(1, 3)), Symbol(1.5e-9)
    assert text(third * third * third) == "(1/3)² · (1/3)"
    assert latex(Symbol.operation(p.power, [third, a])) == r"\left(\frac{1}{3}\right)^{a}"
    assert latex(Symbol.operation(p.power, [small, a])) == r"(1.5 \cdot 10^{-9})^{a}"


@pytest.mark.parametrize(
    ("name", "plain", "tex", "bar"),
    [
        ("w", "w", "w", r"\bar{w}"),
        ("w1", "w₁", "w_1", r"\bar{w}_1"),
        ("x_12", "x₁₂", "x_{12}", r"\bar{x}_{12}"),
        ("x[0]", "x[0]", "x[0]", r"\bar{x}[0]"),
        ("W1[0,12]", "W₁[0,12]", "W_1[0,12]", r"\bar{W}_1[0,12]"),
        ("loss", "loss", r"{\text{loss}}", r"\overline{\text{loss}}"),
        ("my_loss", "my_loss", r"{\text{my}\_ \text{loss}}", r"\overline{\text{my}\_ \text{loss}}"),
        ("θ", "θ", r"{\text{θ}}", r"\overline{\text{θ}}"),
        ("two words", "‘two words’", r"{\text{two words}}", r"\overline{\text{two words}}"),
        ("1", "‘1’", r"{\text{1}}", r"\overline{\text{1}}"),
        ("a\\b", "‘a\\b’", r"{\text{a}\backslash \text{b}}", r"\overline{\text{a}\backslash \text{b}}"),
        ("{$", "‘{$’", r"{\{ \$ }", r"\overline{\{ \$ }"),
        ("^~", "‘^~’", r"{\text{ˆ˜}}", r"\overline{\text{ˆ˜}}"),
        ("a\nb\u202e", "‘a␊b�’", r"{\text{a␊b�}}", r"\overline{\text{a␊b�}}"),
    ],
)
def test_names_are_letters_or_text(name, plain, tex, bar):
    assert TEXT.name(Name.of(name)) == plain
    assert LATEX.name(Name.of(name)) == tex
    found = Name.of(name)
    assert LATEX.name(Name(found.stem, found.index, found.place, bar=True)) == bar


def test_copies_are_numbered():
    assert TEXT.name(Name("w", copy=2)) == "w#2"
    assert LATEX.name(Name("w", copy=2)) == r"w_{\#2}"
    assert TEXT.name(Name("x", "1", "[0]", copy=3)) == "x₁#3[0]"
    assert LATEX.name(Name("x", "1", "[0]", copy=3)) == r"x_{1\#3}[0]"


@given(st.text(min_size=1, max_size=40))
def test_no_name_is_a_command(name):
    written = LATEX.name(Name.of(name))
    assert balanced(written)
    rest = written
    for command in (r"\backslash ", r"\{ ", r"\} ", r"\$ ", r"\% ", r"\& ", r"\# ", r"\_ ", r"\text{"):
        rest = rest.replace(command, "{" if command == r"\text{" else "")
    assert not set(rest) & set("\\$%&#^~")
    assert written.isprintable() or not name.isprintable()


@given(st.text(min_size=1, max_size=40))
def test_no_operation_is_a_command(name):
    row = Primitive(name, name, lambda x: x, lambda out, x: (1,))
    written = latex(Symbol.operation(row, [a])) if name not in TABLE else "()"
    assert balanced(written)
    assert "\n" not in text(Symbol.operation(row, [a]))


def test_results_of_operations_can_be_named():
    square = a * a
    formula = 1 - square
    assert write(formula, TEXT, {square: Name("s"), formula: Name("f")}).text == "1 - s"
    assert write(a, TEXT, {a: Name("y", "1")}).text == "y₁"


def test_a_long_formula_is_written_without_recursion():
    total = a
    for _ in range(3000):
        total = total + b
    assert text(total).count("+") == 3000
