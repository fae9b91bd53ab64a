"""Building a segment by picking: groups of conditions, all or any of which hold.

The state of the builder is the tree of a document, in texts; two levels can be picked. What is nested deeper is
edited as YAML.

Belongs here: the widgets, and the tree they make. Does not belong here: what is done with a segment
(``segment_actions``), operators and values (``pipelines.activation``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from app import formatting
from app.columns import OFFER_COLUMNS
from app.queries import choices, segments
from app.view import SnapshotView
from app.vocabulary import CODED_COLUMNS
from pipelines.activation.attributes import Attribute, Kind
from pipelines.activation.operators import OPERATORS, Operator, Takes, operators_of

Tree = dict[str, Any]
_STATE = "segment-tree"
_WORDS = {"all": "All of these hold", "any": "Any of these holds"}


def start(tree: Tree) -> None:
    """Begin with a tree; widgets of an earlier one are forgotten."""
    st.session_state[_STATE] = tree
    st.session_state["segment-round"] = st.session_state.get("segment-round", 0) + 1


def is_started() -> bool:
    """Whether there is a tree already."""
    return _STATE in st.session_state


def new_tree(conditions: list[Tree] | None = None) -> Tree:
    """One group with the conditions, or with one to begin with."""
    first = {"attribute": "risk_band", "operator": "=", "value": "high"}
    return {"all": [{"all": conditions or [first]}]}


def is_pickable(tree: Any) -> bool:
    """Whether two levels of groups hold everything of a tree."""
    groups = [_normal(member) for member in next(iter(tree.values()))]
    return all("attribute" in condition for group in groups for condition in next(iter(group.values())))


def normalised(tree: Any) -> Tree:
    """A pickable tree with a group around each condition that stands alone; neighbours share one."""
    word, members = next(iter(tree.items()))
    alone = [member for member in members if "attribute" in member]
    if alone and len(alone) == len(members):
        return {"all": [{word: alone}]}
    return {word: [_normal(member) for member in members]}


def is_as_saved(saved: Any, picked: Any) -> bool:
    """Whether what is picked means what was saved: a group of one and the type of a value make no difference."""
    if saved == picked or not is_pickable(saved):
        return bool(saved == picked)
    return bool(_in_words(normalised(saved)) == _in_words(normalised(picked)))


def _in_words(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _in_words(value) for name, value in tree.items() if value is not None}
    if isinstance(tree, list):
        return [_in_words(value) for value in tree]
    return str(tree).lower() if isinstance(tree, bool) else str(tree)


def pick(view: SnapshotView) -> Tree:
    """The widgets; the tree as it is picked now."""
    tree: Tree = st.session_state[_STATE]
    groups = next(iter(tree.values()))
    word = "all"
    if len(groups) > 1:
        word = _choose_word("Groups", next(iter(tree)), "top")
    picked = [_pick_group(view, group, number, len(groups)) for number, group in enumerate(groups)]
    if st.button("Add a group", icon=":material/add_box:", key=_key("add-group")):
        start({word: [*picked, next(iter(new_tree().values()))[0]]})
        st.rerun()
    st.session_state[_STATE] = {word: picked}
    return {word: picked}


def _pick_group(view: SnapshotView, group: Tree, number: int, groups: int) -> Tree:
    conditions = next(iter(group.values()))
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            word = _choose_word(f"Group {number + 1}", next(iter(group)), f"group-{number}")
            if groups > 1 and st.button("Remove group", icon=":material/delete:", key=_key(f"remove-{number}")):
                _change(lambda all_groups: all_groups.pop(number))
        picked = []
        for place, condition in enumerate(conditions):
            picked.append(_pick_condition(view, condition, f"{number}-{place}"))
            if len(conditions) > 1 and st.session_state.get(_key(f"drop-{number}-{place}")):
                _change(lambda all_groups, at=place: next(iter(all_groups[number].values())).pop(at))
        if st.button("Add a condition", icon=":material/add:", key=_key(f"add-{number}")):
            more = {"attribute": "country", "operator": "is not empty", "value": ""}
            _change(lambda all_groups: next(iter(all_groups[number].values())).append(more), {number: picked})
    return {word: picked}


def _pick_condition(view: SnapshotView, condition: Tree, place: str) -> Tree:
    known = segments.attributes(view.file)
    columns = st.columns([3, 2, 4, 0.6], vertical_alignment="bottom")
    names = list(known)
    name = columns[0].selectbox(
        "Attribute",
        names,
        index=names.index(condition["attribute"]) if condition["attribute"] in names else 0,
        key=_key(f"attribute-{place}"),
        format_func=lambda each: each.replace("_", " "),
        help=known[condition["attribute"]].description if condition["attribute"] in known else None,
    )
    attribute = known[name]
    operators = [operator.name for operator in operators_of(attribute.kind)]
    operator = columns[1].selectbox(
        "Operator",
        operators,
        index=operators.index(condition["operator"]) if condition["operator"] in operators else 0,
        key=_key(f"operator-{place}-{attribute.kind}"),
    )
    given = condition["value"] if (name, operator) == (condition["attribute"], condition["operator"]) else None
    with columns[2]:
        value = _pick_value(view, attribute, OPERATORS[operator], given, f"{place}-{name}-{operator}")
    columns[3].button("✕", key=_key(f"drop-{place}"), help="Remove this condition")
    return {"attribute": name, "operator": operator, "value": value}


def _worded(view: SnapshotView, attribute: Attribute) -> Callable[[str], str]:
    """How values of an attribute are written: codes in words, offers by their titles, what people named as it is."""
    if attribute.name in OFFER_COLUMNS:
        titles = choices.words(view.file, "offer", ())
        return lambda offer: titles.get(offer, offer)
    return formatting.words if attribute.name in CODED_COLUMNS else str


def _pick_value(view: SnapshotView, attribute: Attribute, operator: Operator, given: Any, place: str) -> Any:
    key, label = _key(f"value-{place}"), "Value"
    known = segments.values_of(view.file, attribute.name) if attribute.kind is Kind.TEXT else []
    match operator.takes:
        case Takes.NOTHING:
            st.caption(operator.says)
            return ""
        case Takes.SEVERAL:
            chosen = given if isinstance(given, list) else []
            options = list(dict.fromkeys([*known, *chosen]))
            return st.multiselect(
                label, options, default=chosen, accept_new_options=True, key=key, format_func=_worded(view, attribute)
            )
        case Takes.TWO | Takes.TWO_DAYS:
            pair = given if isinstance(given, list) and len(given) == 2 else ["", ""]
            first, second = st.columns(2)
            return [
                first.text_input("From", pair[0], key=f"{key}-from"),
                second.text_input("To", pair[1], key=f"{key}-to"),
            ]
        case Takes.SPAN:
            return st.text_input(label, given or "14 days", key=key, help=operator.takes.value)
    if attribute.kind is Kind.FLAG:
        return st.segmented_control(label, ["true", "false"], default=given or "true", required=True, key=key)
    if known and operator.name in {"=", "≠"}:
        options = list(dict.fromkeys([*known, *([given] if given else [])]))
        return st.selectbox(
            label,
            options,
            index=options.index(given) if given in options else 0,
            key=key,
            format_func=_worded(view, attribute),
        )
    if attribute.kind is Kind.DAY:
        day = st.date_input(label, _day(given, view), key=key)
        return day.isoformat() if isinstance(day, date) else ""
    return st.text_input(label, given or "", key=key)


def _day(given: Any, view: SnapshotView) -> date:
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        return view.as_of.date()


def _choose_word(label: str, default: str, place: str) -> str:
    return (
        st.segmented_control(
            label,
            list(_WORDS),
            default=default,
            required=True,
            format_func=_WORDS.__getitem__,
            key=_key(f"word-{place}"),
        )
        or default
    )


def _change(change: Any, picked: dict[int, list[Tree]] | None = None) -> None:
    """Change the groups and show them anew; ``picked`` replaces the conditions of groups first."""
    tree: Tree = st.session_state[_STATE]
    word, groups = next(iter(tree.items()))
    for number, conditions in (picked or {}).items():
        groups[number] = {next(iter(groups[number])): conditions}
    change(groups)
    start({word: [group for group in groups if next(iter(group.values()))]})
    st.rerun()


def _normal(member: Tree) -> Tree:
    return {"all": [member]} if "attribute" in member else member


def _key(name: str) -> str:
    return f"segment-{st.session_state.get('segment-round', 0)}-{name}"
