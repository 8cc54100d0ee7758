"""Data: exact values, and every bad input with its code and its message."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.errors import WnproofError
from wnproof.model.dataset import Dataset
from wnproof.model.datasets import iris

EXACT = {
    "int": (2, Fraction(2)),
    "fraction": (Fraction(1, 3), Fraction(1, 3)),
    "ratio": ("-2/6", Fraction(-1, 3)),
    "decimal": ("0.1", Fraction(1, 10)),
    "exponent": ("1e-3", Fraction(1, 1000)),
    "float is its binary value": (0.1, Fraction(3602879701896397, 36028797018963968)),
    "negative zero": (-0.0, Fraction(0)),
    "subnormal": (5e-324, Fraction(1, 2**1074)),
    "largest float": (1.7976931348623157e308, Fraction((2**53 - 1) * 2**971)),
    "numpy float32": (np.float32(0.1), Fraction(13421773, 134217728)),
    "numpy int": (np.int8(-3), Fraction(-3)),
    "bool": (True, Fraction(1)),
    "sympy": (sp.Rational(2, 7), Fraction(2, 7)),
}


@pytest.mark.parametrize("name", EXACT)
def test_entries_are_exact(name):
    value, exact = EXACT[name]
    data = Dataset([[value, 1]], [value])
    assert (data.exact_X[0, 0], data.exact_y[0]) == (exact, exact)
    assert isinstance(data.exact_X[0, 0], Fraction)
    assert data.X[0, 0] == float(exact)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float16, np.float32, np.float64, bool])
def test_numpy_arrays_of_real_numbers(dtype):
    array = np.array([[1, 0], [0, 1], [1, 1]], dtype=dtype)
    data = Dataset(array, [1, -1, 1])
    assert (array == data.X).all()
    assert data.X.dtype == np.float64


BAD = {
    "nan": ([[1, 2], [3, float("nan")]], [1, 2], "E-NONFINITE", r"X\[1,1\] is nan"),
    "inf": ([[1], [float("-inf")]], [1, 2], "E-NONFINITE", r"X\[1,0\] is -inf"),
    "nan in an array": (np.array([[1.0], [np.nan]]), [1, 2], "E-NONFINITE", r"X\[1,0\] is nan"),
    "inf label": ([[1]], [float("inf")], "E-NONFINITE", r"y\[0\] is inf"),
    "nan as text": ([[" NaN "]], [1], "E-NONFINITE", r"X\[0,0\] is nan"),
    "infinity as text": ([["-Infinity"]], [1], "E-NONFINITE", r"X\[0,0\] is -infinity"),
    "ragged": ([[1, 2], [3]], [1, 2], "E-SHAPE", "X.* is a list|ragged"),
    "ragged deeper": ([[1, 2], [3, [4]]], [1, 2], "E-SHAPE", "list|ragged"),
    "complex dtype": (np.array([[1j]]), [1], "E-SHAPE", "X has dtype complex128"),
    "complex entry": ([[1 + 0j]], [1], "E-SHAPE", r"X\[0,0\] is complex, no real number"),
    "dates": (np.array([["2020-01-01"]], dtype="datetime64[D]"), [1], "E-SHAPE", "X has dtype datetime64"),
    "bytes": (np.array([[b"1"]]), [1], "E-SHAPE", "X has dtype"),
    "records": (np.array([(1, 2)], dtype=[("a", int), ("b", int)]), [1], "E-SHAPE", "X has dtype"),
    "words": ([["one"]], [1], "E-VALUE", "'one' is no number"),
    "empty text": ([[""]], [1], "E-VALUE", "'' is no number"),
    "objects": ([[object()]], [1], "E-SHAPE", r"X\[0,0\] is object, no real number"),
    "None": ([[None]], [1], "E-SHAPE", r"X\[0,0\] is NoneType, no real number"),
    "irrational": ([[sp.sqrt(2)]], [1], "E-SHAPE", "no real number"),
    "symbol": ([[sp.Symbol("x")]], [1], "E-SHAPE", "no real number"),
    "bomb": ([["1e999999999"]], [1], "E-SIZE", "too many digits"),
    "bomb with underscores": ([["1e9_999_999_999"]], [1], "E-VALUE", "is no number"),
    "label count": (np.ones((5, 3)), [1] * 4, "E-SHAPE", "X is 5x3, y has 4"),
    "one row as a vector": ([1, 2], [1], "E-SHAPE", "X is 2, wanted n x d"),
    "a number": (1, [1], "E-SHAPE", "X is a number, wanted n x d"),
    "three axes": (np.ones((1, 1, 1)), [1], "E-SHAPE", "X is 1x1x1, wanted n x d"),
    "labels with three axes": ([[1]], np.ones((1, 1, 1)), "E-SHAPE", "y is 1x1x1, wanted n or n x k"),
    "one label": ([[1]], 1, "E-SHAPE", "y is a number"),
    "no samples": (np.ones((0, 3)), [], "E-EMPTY", "X is 0x3"),
    "no features": (np.ones((3, 0)), [1, 2, 3], "E-EMPTY", "X is 3x0"),
    "no outputs": (np.ones((3, 1)), np.ones((3, 0)), "E-EMPTY", "y is 3x0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data(name):
    X, y, code, message = BAD[name]
    with pytest.raises(WnproofError, match=message) as caught:
        Dataset(X, y)
    assert caught.value.code == code
    assert caught.value.exit_code == 4


def test_feature_names_are_counted():
    with pytest.raises(WnproofError, match="X is 1x2, but 1 features are named"):
        Dataset([[1, 2]], [1], features=["a"])


def test_entries_beyond_float64_stay_exact_and_have_no_float_view():
    data = Dataset([["1e350"], ["1e-350"]], [1, 1])
    assert data.exact_X[0, 0] == 10**350
    with pytest.raises(WnproofError, match="E-SIZE.*X has an entry beyond float64"):
        _ = data.X


def test_duplicates_ties_and_zeros_are_ordinary_data():
    data = Dataset([[0, 0], [1, 2], [1, 2], [2, 4]], [0, 1, -1, 1])
    assert data.n == 4
    assert not data.is_zero
    assert "4 samples (3 distinct) x 2 features (x0, x1)" in repr(data)
    assert Dataset([[0, 0]], [1]).is_zero
    assert Dataset([[1, 0]], [0]).is_zero
    assert Dataset([[1]], [[0, 1]]).exact_y.shape == (1, 2)


def test_a_dataset_cannot_be_changed():
    rows = [[1, 2]]
    data = Dataset(rows, [1])
    rows[0][0] = 9
    assert data.exact_X[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        data.exact_X[0, 0] = Fraction(5)
    with pytest.raises(AttributeError):
        data.exact_X = None


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


GOOD_FILES = {
    "plain": b"a,b,y\n0.1,2,1\n3,4,-1\n",
    "byte order mark": b"\xef\xbb\xbfa,b,y\n0.1,2,1\n3,4,-1\n",
    "CRLF": b"a,b,y\r\n0.1,2,1\r\n3,4,-1\r\n",
    "CR": b"a,b,y\r0.1,2,1\r3,4,-1\r",
    "no newline at the end": b"a,b,y\n0.1,2,1\n3,4,-1",
    "blank lines": b"a,b,y\n\n0.1,2,1\n\n\n3,4,-1\n\n",
    "spaces": b" a , b , y \n 0.1 , 2 , 1 \n3,4,-1\n",
    "quotes": b'"a","b","y"\n"0.1","2","1"\n3,4,-1\n',
    "fractions": b"a,b,y\n1/10,2,1\n3,8/2,-1.0\n",
}


@pytest.mark.parametrize("name", GOOD_FILES)
def test_files_of_every_dialect(file, name):
    data = Dataset.from_csv(file(GOOD_FILES[name]), target="y")
    assert data.exact_X.tolist() == [[Fraction(1, 10), 2], [3, 4]]
    assert data.exact_y.tolist() == [1, -1]
    assert data.features == ("a", "b")


def test_columns_are_chosen_and_ordered(file):
    path = file("y,a,b,c\nyes,1,2,3\nno,4,5,6\nyes,7,8,9\n")
    data = Dataset.from_csv(path, target="y", features=("c", "a"), positive="yes")
    assert data.exact_X.tolist() == [[3, 1], [6, 4], [9, 7]]
    assert data.exact_y.tolist() == [1, -1, 1]
    assert data.features == ("c", "a")


BAD_FILES = {
    "empty": (b"", {}, "E-EMPTY", "no samples", None),
    "header only": (b"a,y\n", {}, "E-EMPTY", "no samples", None),
    "missing target": (b"a,b\n1,2\n", {}, "E-NAME", "no column 'y'; known: a, b", None),
    "missing feature": (b"a,y\n1,2\n", {"features": ["c"]}, "E-NAME", "no column 'c'; known: a, y", None),
    "column twice": (b"a,a,y\n1,2,3\n", {}, "E-DUPNAME", "two columns are called 'a'", 1),
    "short row": (b"a,y\n1,2\n3\n", {}, "E-SHAPE", "1 fields, the header has 2", 3),
    "long row": (b"a,y\n1,2,3\n", {}, "E-SHAPE", "3 fields, the header has 2", 2),
    "row after a field of two lines": (b'a,y\n"1\n",2\n3\n', {}, "E-SHAPE", "1 fields", 4),
    "nan": (b"a,y\n1,2\nnan,2\n", {}, "E-NONFINITE", "a is nan", 3),
    "inf label": (b"a,y\n1,inf\n", {}, "E-NONFINITE", "y is inf", 2),
    "word": (b"a,y\n1,2\n\n x,2\n", {}, "E-VALUE", "'.*x' is no number", 4),
    "missing value": (b"a,y\n,2\n", {}, "E-VALUE", "'' is no number", 2),
    "bomb": (b"a,y\n1e999999999,2\n", {}, "E-SIZE", "too many digits", 2),
    "no features": (b"y\n1\n", {}, "E-EMPTY", "X is 1x0", None),
    "no such class": (b"a,y\n1,red\n2,blue\n", {"positive": "green"}, "E-NAME", "no row has y = 'green'; known: blue, red", None),
    "not UTF-8": (b"a,y\n\xff,2\n", {}, "E-ENCODING", "byte 0xff at offset 4", None),
    "UTF-16": ("a,y\n1,2\n".encode("utf-16"), {}, "E-ENCODING", "at offset", None),
    "NUL": (b"a,y\n1,2\x00\n", {}, "E-ENCODING", "byte 0x00 at offset 7", None),
    "huge field": (b"a,y\n" + b"1" * 200_000 + b",2\n", {}, "E-VALUE", "no CSV file", 2),
    "unicode minus": ("a,y\n\u22121,2\n".encode(), {}, "E-VALUE", "is no number", 2),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_located(file, name):
    content, options, code, message, line = BAD_FILES[name]
    path = file(content)
    with pytest.raises(WnproofError, match=message) as caught:
        Dataset.from_csv(path, target="y", **options)
    assert caught.value.code == code
    assert line is None or caught.value.where == f"{path}:{line}"


def test_files_that_cannot_be_read(tmp_path):
    for path, reason in ((tmp_path / "none.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(WnproofError, match=f"cannot read.*{reason}") as caught:
            Dataset.from_csv(path, target="y")
        assert (caught.value.code, caught.value.exit_code) == ("E-IO", 7)


def test_iris_is_fishers():
    data = iris()
    assert (data.n, data.d) == (150, 4)
    assert data.features == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    tenths = data.exact_X * 10
    assert all(entry.denominator == 1 for entry in tenths.ravel())
    assert [[int(v) for v in tenths[k]] for k in (34, 37)] == [[49, 31, 15, 2], [49, 36, 14, 1]]
    assert sum(data.exact_y) == -50
    assert data.exact_y[:50].tolist() == [1] * 50


@pytest.mark.parametrize("species", ["setosa", "versicolor", "virginica"])
def test_iris_classes_and_pairs(species):
    data = iris(("petal_length", "petal_width"), positive=species)
    assert len({tuple(row) for row in data.exact_X}) == 102
    assert [k for k, y in enumerate(data.exact_y) if y == 1] == list(
        range(
            ("setosa", "versicolor", "virginica").index(species) * 50,
            50 + 50 * ("setosa", "versicolor", "virginica").index(species),
        )
    )
    assert {int(y) for y in data.exact_y} == {1, -1}


def test_iris_names_are_checked():
    for call, message in ((lambda: iris(("petal",)), "no column 'petal'"), (lambda: iris(positive="rose"), "known: setosa, ")):
        with pytest.raises(WnproofError, match=message):
            call()


def test_iris_sums_are_those_of_the_published_table():
    """Column sums of Fisher's table, class by class (R's iris: rows 35 and 38 as he printed them)."""
    tenths = iris().exact_X * 10
    sums = [[int(sum(tenths[50 * c : 50 * c + 50, k])) for k in range(4)] for c in range(3)]
    assert sums == [[2503, 1714, 731, 123], [2968, 1385, 2130, 663], [3294, 1487, 2776, 1013]]


def test_labels_that_are_names_ask_for_the_positive_one(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("a,kind\n1,yes\n2,no\n", encoding="utf-8")
    with pytest.raises(WnproofError, match="'yes' is no number") as raised:
        Dataset.from_csv(path, target="kind")
    assert "--positive yes" in raised.value.help
    assert list(Dataset.from_csv(path, target="kind", positive="yes").exact_y) == [1, -1]
