"""How each preset words a question and reads an answer, on forms that published servers use; what does not fit says
where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.replacing import replace
from seatrial.serving.policy import Command, Preset, Server
from seatrial.serving.presets import UnaskableError, WrongShapeError, answers_in, body_of, follow, paths_of

SERVER = Server(behind=Command(cmd="x"), name="iris")


def of(preset: Preset, **changes: Any) -> Server:
    return replace(SERVER, preset=preset, **changes)


@pytest.mark.parametrize(
    ("preset", "ready", "path"),
    [
        (Preset.JSON, "/", "/predict"),
        (Preset.MLFLOW, "/ping", "/invocations"),
        (Preset.V2, "/v2/health/ready", "/v2/models/iris/infer"),
        (Preset.OPENAI, "/v1/models", "/v1/chat/completions"),
    ],
)
def test_paths_are_those_of_the_preset_unless_others_are_given(preset: Preset, ready: str, path: str) -> None:
    assert paths_of(of(preset)) == (ready, path)
    assert paths_of(of(preset, ready="/up", path="/ask")) == ("/up", "/ask")


def test_rows_with_names_are_a_data_frame_and_others_are_inputs() -> None:
    server = of(Preset.MLFLOW)

    assert body_of(server, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]) == {
        "dataframe_split": {"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}
    }
    assert body_of(server, [[1, 2], [3, 4]]) == {"inputs": [[1, 2], [3, 4]]}
    with pytest.raises(UnaskableError, match="different columns"):
        body_of(server, [{"a": 1}, {"b": 1}])


def test_predictions_are_a_list_or_columns() -> None:
    """MLflow gives a list, or columns where the model returns a table; before 2.0 it gave the list alone."""
    server = of(Preset.MLFLOW)

    assert answers_in(server, {"predictions": [0.1, 0.2]}, 2) == (0.1, 0.2)
    assert answers_in(server, [0.1, 0.2], 2) == (0.1, 0.2)
    columns: Any = {"predictions": {"label": ["a", "b"], "p": [0.1, 0.2]}}
    assert answers_in(server, columns, 2) == ({"label": "a", "p": 0.1}, {"label": "b", "p": 0.2})
    assert answers_in(replace(server, answer="p"), columns, 2) == (0.1, 0.2)


@pytest.mark.parametrize(
    ("inputs", "tensor"),
    [
        ([1, 2], {"shape": [2], "datatype": "INT64", "data": [1, 2]}),
        ([[1, 2.5], [3, 4]], {"shape": [2, 2], "datatype": "FP64", "data": [1, 2.5, 3, 4]}),
        (["a"], {"shape": [1], "datatype": "BYTES", "data": ["a"]}),
        ([[[True]], [[False]]], {"shape": [2, 1, 1], "datatype": "BOOL", "data": [True, False]}),
    ],
)
def test_inputs_are_a_tensor(inputs: list[Any], tensor: dict[str, Any]) -> None:
    assert body_of(of(Preset.V2), inputs) == {"inputs": [{"name": "input", **tensor}]}


def test_inputs_with_names_are_a_tensor_each() -> None:
    body: Any = body_of(of(Preset.V2), [{"a": 1, "b": [0.5]}, {"a": 2, "b": [1.5]}])

    assert [(one["name"], one["shape"], one["data"]) for one in body["inputs"]] == [
        ("a", [2], [1, 2]),
        ("b", [2, 1], [0.5, 1.5]),
    ]


@pytest.mark.parametrize("inputs", [[[1], [1, 2]], [1, "a"], [{"a": 1}, {"b": 1}], [None]])
def test_what_no_tensor_holds_is_refused(inputs: list[Any]) -> None:
    with pytest.raises(UnaskableError):
        body_of(of(Preset.V2), inputs)


def output(name: str, shape: list[Any], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": "FP64", "data": data}


def test_outputs_are_cut_by_their_shape_flat_or_nested() -> None:
    server = of(Preset.V2)

    assert answers_in(server, {"outputs": [output("y", [2, 2], [1, 2, 3, 4])]}, 2) == ([1, 2], [3, 4])
    assert answers_in(server, {"outputs": [output("y", [2, 2], [[1, 2], [3, 4]])]}, 2) == ([1, 2], [3, 4])
    several = {"outputs": [output("y", [2], [1, 2]), output("p", [2], [0.1, 0.2])]}
    assert answers_in(server, several, 2) == ({"y": 1, "p": 0.1}, {"y": 2, "p": 0.2})


@given(st.integers(1, 4), st.lists(st.integers(1, 3), max_size=3), st.data())
def test_whatever_is_asked_as_a_tensor_comes_back_as_it_was(rows: int, sizes: list[int], data: st.DataObject) -> None:
    """A server that returns its input: asking and finding are each other's inverse."""

    def made(inner: list[int]) -> Any:
        if not inner:
            return data.draw(st.floats(allow_nan=False, allow_infinity=False))
        return [made(inner[1:]) for _ in range(inner[0])]

    inputs = [made(sizes) for _ in range(rows)]
    body: Any = body_of(of(Preset.V2), inputs)

    assert list(answers_in(of(Preset.V2), {"outputs": body["inputs"]}, rows)) == inputs


@pytest.mark.parametrize(
    ("preset", "document", "inputs", "said"),
    [
        (Preset.MLFLOW, {"predictions": [1]}, 2, "2 inputs were sent, and 1 answers came back"),
        (Preset.MLFLOW, {"error_code": "BAD"}, 1, "must be a list, and is an object with error_code"),
        (Preset.MLFLOW, {"predictions": {"a": [1], "b": [1, 2]}}, 1, "columns of the predictions have different"),
        (Preset.V2, {"error": "no"}, 1, "has no `outputs`: it is an object with error"),
        (Preset.V2, {"outputs": []}, 1, "`outputs` is empty"),
        (Preset.V2, {"outputs": [output("y", [2, 2], [1, 2, 3])]}, 2, "y has 3 values, and its shape says 4"),
        (Preset.V2, {"outputs": [output("y", [3], [1, 2, 3])]}, 2, "other numbers of rows"),
        (Preset.V2, {"outputs": [output("y", [-1], [1])]}, 1, "is no list of sizes"),
        (Preset.V2, {"outputs": [output("y", [True], [1])]}, 1, "is no list of sizes"),
        (Preset.V2, {"outputs": [output("y", [], [])]}, 1, "is no list of sizes"),
        (Preset.OPENAI, {"choices": []}, 1, "`choices` has no `0`: it is a list of 0"),
        (Preset.OPENAI, {"error": {"message": "quota"}}, 1, "has no `choices`"),
        (Preset.JSON, 3, 1, "the answer has no `label`: it is a number"),
        (Preset.JSON, None, 1, "it is null"),
    ],
)
def test_an_answer_of_another_form_says_where(preset: Preset, document: Any, inputs: int, said: str) -> None:
    server = of(preset, answer="label" if preset is Preset.JSON else "")

    with pytest.raises(WrongShapeError, match=said):
        answers_in(server, document, inputs)


def test_a_chat_is_asked_with_text_or_messages() -> None:
    server = of(Preset.OPENAI, extra={"temperature": 0, "model": "other"})

    assert body_of(server, ["hello"]) == {
        "temperature": 0,
        "model": "iris",
        "messages": [{"role": "user", "content": "hello"}],
    }
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}]
    body: Any = body_of(server, [messages])
    assert body["messages"] == messages
    with pytest.raises(UnaskableError, match="not with a number"):
        body_of(server, [3])
    with pytest.raises(UnaskableError, match="takes one input, and these are 2"):
        body_of(server, ["a", "b"])


@pytest.mark.parametrize(
    ("path", "value"), [("", {"a": [{"b": 1}]}), ("a", [{"b": 1}]), ("a.0", {"b": 1}), ("a.0.b", 1)]
)
def test_a_dotted_path_leads_through_objects_and_lists(path: str, value: Any) -> None:
    assert follow({"a": [{"b": 1}]}, path) == value


@pytest.mark.parametrize("path", ["b", "a.1", "a.-1", "a.b", "a.0.b.c", "a..b", "."])
def test_a_dotted_path_that_leads_nowhere_says_so(path: str) -> None:
    with pytest.raises(WrongShapeError, match="has no"):
        follow({"a": [{"b": 1}]}, path)
