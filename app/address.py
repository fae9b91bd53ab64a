"""What a reader has chosen, kept in the address by its code and carried from page to page.

A page opened by an address begins with what the address says; a choice is written into it, so that it can be sent.
What a page does not show is remembered and is there again on the next page that does.

Belongs here: widgets whose choice is in the address. Does not belong here: what is chosen (the pages, ``app.filters``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

_WRITTEN, _MEMORY = "address-written", "address-memory"


def choose(
    label: str,
    options: Sequence[Any],
    *,
    key: str,
    default: Any = None,
    format_func: Callable[[Any], str] = str,
    **looks: Any,
) -> Any:
    """A list to pick one from; without a default nothing may be picked, which is said by ``placeholder``."""
    _restore(key, {_code(option): option for option in options}, default)
    chosen = st.selectbox(
        label,
        options,
        index=None if default is None else 0,
        format_func=format_func,
        key=key,
        **looks,
    )
    _keep(key, None if chosen is None else _code(chosen), None if default is None else _code(default))
    return chosen


def segments(
    label: str,
    options: Sequence[Any],
    *,
    key: str,
    default: Any = None,
    format_func: Callable[[Any], str] = str,
    **looks: Any,
) -> Any:
    """A row of buttons of which one is pressed; the first unless ``default`` is another."""
    default = options[0] if default is None else default
    _restore(key, {_code(option): option for option in options}, default)
    # Beside something else the buttons would scroll out of sight on a narrow screen.
    chosen = st.segmented_control(label, options, format_func=format_func, key=key, required=True, wrap=True, **looks)
    chosen = default if chosen is None else chosen
    _keep(key, _code(chosen), _code(default))
    return chosen


def several(
    label: str, options: Sequence[str], *, key: str, format_func: Callable[[str], str] = str, **looks: Any
) -> list[str]:
    """A list to pick any number from, which stands in the address once for each."""
    given = [value for value in st.query_params.get_all(key) if value in options]
    written = st.session_state.setdefault(_WRITTEN, {})
    memory = st.session_state.setdefault(_MEMORY, {})
    if given and given != written.get(key):
        st.session_state[key] = written[key] = given
    elif key not in st.session_state:
        st.session_state[key] = [value for value in memory.get(key, []) if value in options]
    chosen: list[str] = st.multiselect(label, options, key=key, format_func=format_func, **looks)
    memory[key] = written[key] = chosen
    if chosen:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
    return chosen


def search(label: str, *, key: str, **looks: Any) -> str:
    """A line of text without the spaces around it; an e-mail address stays out of the page's address, which is sent."""
    given = st.query_params.get(key)
    written = st.session_state.setdefault(_WRITTEN, {})
    memory = st.session_state.setdefault(_MEMORY, {})
    if given is not None and given != written.get(key):
        st.session_state[key] = written[key] = given
    elif key not in st.session_state:
        st.session_state[key] = memory.get(key, "")
    text = (st.text_input(label, type="search", key=key, **looks) or "").strip()
    _keep(key, "" if "@" in text else text, "")
    return text


def forget(*keys: str) -> None:
    """Choose nothing for these; for callbacks, which run before anything is shown."""
    for key in keys:
        st.session_state.pop(key, None)
        for kept in (_WRITTEN, _MEMORY):
            st.session_state.get(kept, {}).pop(key, None)
        if key in st.query_params:
            del st.query_params[key]


def take(chosen: Mapping[str, Any]) -> None:
    """Choose these; for callbacks. What is None is forgotten."""
    forget(*chosen)
    st.session_state.setdefault(_MEMORY, {}).update(
        {key: value for key, value in chosen.items() if value not in (None, [], "")}
    )


def chosen_now() -> dict[str, Any]:
    """Everything that differs from what is chosen at first, by key, on whatever page."""
    return dict(st.session_state.get(_MEMORY, {}))


def _restore(key: str, options: Mapping[str, Any], default: Any) -> None:
    """Give the widget its value before it is drawn: of a new address, or what it had, or what is remembered."""
    given = st.query_params.get(key)
    written = st.session_state.setdefault(_WRITTEN, {})
    if given is not None and given != written.get(key) and given in options:
        st.session_state[key] = options[given]
        written[key] = given
    elif key not in st.session_state:
        remembered = st.session_state.setdefault(_MEMORY, {}).get(key)
        st.session_state[key] = options.get(remembered, default)
    if st.session_state[key] is not None and _code(st.session_state[key]) not in options:
        st.session_state[key] = default


def _keep(key: str, code: str | None, default: str | None) -> None:
    """Write a choice into the address and remember it; what is chosen at first leaves no trace."""
    written, memory = st.session_state[_WRITTEN], st.session_state.setdefault(_MEMORY, {})
    if code == default or code is None:
        written.pop(key, None)
        memory.pop(key, None)
        if key in st.query_params:
            del st.query_params[key]
        return
    written[key] = memory[key] = code
    if st.query_params.get(key) != code:
        st.query_params[key] = code


def _code(option: Any) -> str:
    return str(option)
