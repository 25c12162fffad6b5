import struct
import sys
from dataclasses import replace

import numpy as np
import pytest

import demos.page.plotting
from demos import digits
from demos.digits import LESSON, answer, measure, tell, train_reader, wilson
from demos.digits.images import DigitSource, from_mnist, from_scikit_learn, with_shifts
from demos.page.parts import Illustration, Table
from nn.data import Data, split


def strokes(n, side, seed=0):
    """Images with one bright row each, whose number is the digit, modulo ten."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % min(side, 10)
    images = rng.uniform(0, 0.2, (n, side, side))
    images[np.arange(n), labels] = 0.9
    return images, labels


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures are laid out but not written, which takes most of the time."""
    monkeypatch.setattr(demos.page.plotting, "to_svg", lambda figure, name: f"<svg id={name!r}>")


def source(n=120, side=8, **changes):
    images, labels = strokes(n, side)
    flat = images.reshape(n, -1)

    def parts(seed):
        return split(flat, labels, seed=seed)

    return replace(DigitSource("strokes", parts, side, 0.5, 3, 2), **changes)


def write_idx(path, array):
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def mnist_folder(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part, n, seed in (("train", 60, 0), ("t10k", 20, 1)):
        images, labels = strokes(n, 28, seed)
        write_idx(folder / f"{part}-images-idx3-ubyte", images * 255)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return folder


def test_images_are_shifted_to_all_four_sides():
    image = np.arange(1.0, 10.0).reshape(1, 3, 3)
    found = with_shifts(Data(image.reshape(1, 9), np.array([7])), 3, 1.0)
    assert found.targets.tolist() == [7] * 5
    assert found.inputs.reshape(5, 3, 3).tolist() == [
        [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        [[0, 0, 0], [1, 2, 3], [4, 5, 6]],
        [[4, 5, 6], [7, 8, 9], [0, 0, 0]],
        [[0, 1, 2], [0, 4, 5], [0, 7, 8]],
        [[2, 3, 0], [5, 6, 0], [8, 9, 0]],
    ]


def test_a_shift_by_half_a_pixel_is_the_mean_of_none_and_of_a_whole_one():
    images, labels = strokes(6, 8)
    data = Data(images.reshape(6, -1), labels)
    none, half, whole = (with_shifts(data, 8, shift).inputs for shift in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (none + whole) / 2, atol=1e-6)
    np.testing.assert_allclose(none, np.tile(data.inputs, (5, 1)), rtol=1e-6)


def test_wilson_has_the_textbook_s_values():
    assert wilson(50, 100) == pytest.approx((0.404, 0.596), abs=1e-3)
    assert wilson(10, 10) == pytest.approx((0.722, 1.0), abs=1e-3)
    assert wilson(0, 10) == pytest.approx((0.0, 0.278), abs=1e-3)


def test_the_answer_shows_every_mistake_and_how_often_each_digit_was_right(undrawn):
    found = answer(3, source=source(), epochs=1)
    confusion, luck = (part for part in found.parts if isinstance(part, Table))
    run = train_reader(source(), 3, 1)
    assert sum(int(n) for row in confusion.rows for n in row[1:11] if n != "·") == len(run.test)
    right = sum(int(row[1 + i]) for i, row in enumerate(confusion.rows) if row[1 + i] != "·")
    assert right == run.correct.sum() < len(run.test)
    assert f"{right:,} of {len(run.test)} images are read correctly" in " ".join(map(str, found.parts))
    assert luck.rows[0][0] == "test accuracy"
    picture = [part for part in found.parts if isinstance(part, Illustration)][-1]
    wrong = [int((~train_reader(source(), seed, 1).correct).sum()) for seed in (3, 4)]
    assert picture.caption.startswith(f"Misread in 2 tests: {sum(wrong)}")
    assert picture.words.count("read as") == min(18, sum(wrong))


def test_the_surest_mistakes_come_first(undrawn):
    found = measure(3, source=source(repetitions=1), epochs=1)
    (reader,) = found.readers
    i = max(np.flatnonzero(~reader.correct), key=lambda i: reader.y_hat[i].max())
    first = f"a {reader.test.targets[i]} read as {reader.y_hat[i].argmax()}"
    probabilities = [one.probability for one in found.misread]
    assert probabilities == sorted(probabilities, reverse=True)
    picture = tell(found)[-1]
    assert picture.words.startswith(f"Misread digits: {first};")


def test_without_mistakes_and_repetitions_there_is_nothing_to_show_for_them(undrawn):
    found = answer(source=source(repetitions=1), epochs=40)
    assert found.parts[-1] == "No test image was misread."
    assert sum(isinstance(part, Table) for part in found.parts) == 1


def test_the_epoch_with_the_least_validation_loss_is_kept():
    run = train_reader(source(), 0, 4)
    losses = [epoch.validation["loss"] for epoch in run.history.epochs]
    assert run.kept.validation["loss"] == min(losses)


def test_the_same_seed_reads_the_same():
    first, second = (train_reader(source(), 5, 2).y_hat for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_test_images_are_in_no_other_part(mnist_folder):
    train, validation, test = from_mnist(mnist_folder).parts(0)
    assert [len(part) for part in (train, validation, test)] == [54, 6, 20]
    rows = {part.inputs[i].tobytes() for part in (train, validation, test) for i in range(len(part))}
    assert len(rows) == 80


def test_mnist_is_read_and_its_page_written(mnist_folder, tmp_path, capsys):
    out = tmp_path / "out"
    assert LESSON.main(["--mnist", str(mnist_folder), "--epochs", "1", "--out", str(out)]) == 0
    printed, error = capsys.readouterr()
    assert "80 images from the files of MNIST" in printed
    assert "784-128-64-10" in printed
    assert error == f"wrote {out / 'digits.html'}\n"
    assert "<!doctype html>" in (out / "digits.html").read_text("utf-8")


def one_line_of_error(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        LESSON.main(arguments)
    printed, error = capsys.readouterr()
    assert stop.value.code == 2
    assert printed == ""
    assert error.startswith("python -m demos.digits: ")
    assert error.count("\n") == 1
    return error


def test_a_missing_folder_or_file_is_one_sentence(mnist_folder, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    error = one_line_of_error(["--mnist", str(tmp_path / "nowhere"), *out], capsys)
    assert "train-images-idx3-ubyte is missing" in error
    (mnist_folder / "t10k-labels-idx1-ubyte").unlink()
    error = one_line_of_error(["--mnist", str(mnist_folder), *out], capsys)
    assert "t10k-labels-idx1-ubyte is missing" in error


def test_files_that_hold_no_digits_are_refused(mnist_folder, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    write_idx(mnist_folder / "t10k-labels-idx1-ubyte", np.arange(20))
    error = one_line_of_error(["--mnist", str(mnist_folder), *out], capsys)
    assert "the test labels" in error
    assert "go up to 19: digits are from 0 to 9" in error
    write_idx(mnist_folder / "train-images-idx3-ubyte", np.zeros((1, 28, 28)))
    write_idx(mnist_folder / "train-labels-idx1-ubyte", np.zeros(1))
    assert "at least two are needed" in one_line_of_error(["--mnist", str(mnist_folder), *out], capsys)


def test_without_scikit_learn_it_says_what_to_do(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    error = one_line_of_error(["--out", str(tmp_path / "out")], capsys)
    assert "pip install scikit-learn" in error
    assert "--mnist FOLDER" in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", "-1"], "--seed: -1 is out of range: give a number at least 0"),
        (["--epochs", "0"], "--epochs: 0 is out of range: give a number at least 1"),
        (["--repetitions", "0"], "--repetitions: 0 is out of range"),
        (["--epochs", "many"], "--epochs: 'many' is not a whole number"),
    ],
)
def test_wrong_options_are_one_sentence(arguments, words, capsys):
    assert words in one_line_of_error(arguments, capsys)


def test_an_interrupted_training_writes_nothing(mnist_folder, tmp_path, monkeypatch, capsys):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(digits, "train_reader", interrupt)
    out = tmp_path / "out"
    assert LESSON.main(["--mnist", str(mnist_folder), "--out", str(out)]) == 130
    assert capsys.readouterr().err == "interrupted: nothing is written\n"
    assert list(out.iterdir()) == []


def test_scikit_learn_s_digits_are_read():
    pytest.importorskip("sklearn")
    run = train_reader(from_scikit_learn(), 1, 6)
    assert run.correct.mean() >= 0.97
