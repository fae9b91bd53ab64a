"""JSON documents without the erased people: the records that name one are cut, field by field.

A record may be a payload of a sender, which is sealed once it is changed, and may hold other documents in encoded form.

Belongs here: documents and records. Does not belong here: which field names whom (``places``), what becomes of a text
(``cutting``), file formats (``formats``).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, cast

from pipelines.privacy.cutting import Cutter
from pipelines.privacy.places import Path, Places, kinds_of_name
from pipelines.privacy.registry import EMAIL, KINDS, PSEUDONYM, Entry
from pipelines.privacy.seals import SEAL, seal
from pipelines.receiver.records import CHECKSUM, checksum_of, sealed

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_STEPS = re.compile(r"([/?&=#])")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
# Fields of senders whose names say that they name somebody, without separators and in small letters.
_PERSONAL = re.compile(
    r"(card|shipping|billing|customer|payer|shopper|address)*"
    r"((first|last|given|middle|full|display|sur|family|holder|cardholder)?name[0-9]?|.*(phone|mobile|telephone)(number)?"
    r"|line[0-9]|(?<=address)[12]|.*street.*|adminarea[0-9]|housenumberorname|postalcode|postcode|zip(code)?|city|town"
    r"|(.*ip)(address)?|xforwardedfor|useragent|dateofbirth|dob|birth(date|day|year)|last(4|four)|maskednumber|iban"
    r"|cardsummary|(account)?fingerprint|accountnumber|shopperstatement|receiptnumber|invoiceprefix"
    # Pages of a sender about somebody, which whoever has the address may open.
    r"|receipturl|hostedinvoiceurl|invoicepdf|customerportal(url)?|updatepaymentmethod)|customerdescription"
)
# What somebody pays with, by which a sender knows somebody as well as by an account: what of it is a code.
_MEANS_OF_PAYMENT = re.compile(
    r"(default|stored|primary|backup)?(card|paymentmethod|paymentsource|source|mandate|vault|billinginfo)(id|token|key|referenceid)?"
    r"|recurringdetailreference|alias"
)
_IDS = {"id", "token", "key", "referenceid"}
_CODE = re.compile(r"(?=\S*[A-Za-z])(?=\S*[0-9])\S{8,}")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]")
_OF_THINGS_TOO = {"name", "description"}


class RawNumber(str):
    """A JSON number as it was written."""

    __slots__ = ()


class JsonObject(list[tuple[str, Any]]):
    """A JSON object as its fields in their order, repeated ones too."""


class DocumentCutter:
    """Cuts the people of a registry out of the documents of one sender."""

    def __init__(self, cutter: Cutter, places: Places, *, are_payloads: bool = False) -> None:
        self._cutter = cutter
        self._places = places
        self._are_payloads = are_payloads

    def text(self, text: str) -> str:
        """JSON in which the records that name an erased person are cut; any other text as ``Cutter.text`` does."""
        try:
            node = parse(text)
        except ValueError:
            return self._cutter.text(text)
        cut = self._records(node)
        return text if cut is node else dump(cut)

    def _records(self, node: Any) -> Any:
        """The records of a document cut one by one, so that one person's record leaves the next alone."""
        if isinstance(node, list) and not isinstance(node, JsonObject):
            cut = [self._records(item) for item in node]
            return node if all(new is old for new, old in zip(cut, node, strict=True)) else cut
        if isinstance(node, JsonObject):
            for position, (key, value) in enumerate(node):
                if key == "body" and node[0][0] == "received_at" and isinstance(value, str):
                    body = self.text(value)
                    return node if body == value else self._with_body(node, position, body)
                if key == "notificationItems" and isinstance(value, list):
                    items = [self._record(item) for item in value]
                    is_same = all(new is old for new, old in zip(items, value, strict=True))
                    rest = JsonObject([*node[:position], (key, items), *node[position + 1 :]])
                    return node if is_same else self._sealed(rest)
            cut = self._record(node)
            return node if cut is node else self._sealed(cut)
        return node

    def _record(self, node: Any) -> Any:
        return self._own(node) if self._concerns(node) else node

    def _with_body(self, node: JsonObject, position: int, body: str) -> JsonObject:
        """An envelope of the receiver with another body; of its headers, what names an address is left out.

        Its checksum is made anew, unless it did not hold before: what was damaged must not look whole.
        """
        cut = JsonObject(
            (key, body if number == position else self._own(value, (key,)) if key == "headers" else value)
            for number, (key, value) in enumerate(node)
            if key != CHECKSUM
        )
        if node[-1][0] != CHECKSUM:
            return cut
        record = sealed(dump(cut))
        return cast(JsonObject, parse(record)) if checksum_of(dump(node)) else JsonObject([*cut, node[-1]])

    def _sealed(self, node: Any) -> Any:
        if not self._are_payloads or not isinstance(node, JsonObject):
            return node
        fields = [(key, value) for key, value in node if key != SEAL]
        return JsonObject([*fields, (SEAL, seal(self._cutter.registry.key, dump(JsonObject(fields))))])

    def _concerns(self, node: Any, path: Path = (), of: JsonObject | None = None) -> bool:
        """Whether a record names an erased person anywhere, encoded texts in it too."""
        if isinstance(node, JsonObject):
            return any(self._concerns(value, (*path, name), node) for name, value in node)
        if isinstance(node, list):
            return any(self._concerns(item, path, of) for item in node)
        if not isinstance(node, str):
            return False
        if self._entry(node, path, of):
            return True
        if isinstance(node, RawNumber):
            return False
        inner = _decoded(node)
        if inner is not None:
            return self._concerns(inner[0], path, of)
        return bool(PSEUDONYM.search(node)) or self._cutter.text(node) != node

    def _own(self, node: Any, path: Path = (), of: JsonObject | None = None, *, is_about: bool = False) -> Any:
        """What is left of a part of a record of an erased person; ``is_about`` says that it tells of that person."""
        if isinstance(node, JsonObject):
            # What a business keeps beside a customer is about that one, whatever it is called.
            is_about = is_about or (path[-1:] == ("metadata",) and _is_somebody(of))
            return JsonObject(
                [(name, self._own(value, (*path, name), node, is_about=is_about)) for name, value in node]
            )
        if isinstance(node, list):
            return [self._own(item, path, of, is_about=is_about) for item in node]
        if not isinstance(node, str):
            return node
        entry = self._entry(node, path, of)
        if entry:
            return self._cutter.pseudonym(entry, node)
        is_personal = is_about or _is_personal(path, of, node)
        if isinstance(node, RawNumber):
            return None if is_personal else node
        inner = _decoded(node)
        if inner is not None:
            content, encode = inner
            own = self._own(content, path, of)
            return node if dump(own) == dump(content) else encode(dump(own))
        if is_personal:
            return "erased" if node and not PSEUDONYM.search(node) else node
        return EMAIL.sub(lambda match: self._cutter.address(match[0]), self._cutter.text(self._link(node)))

    def _link(self, text: str) -> str:
        """A link without the ids in it that follow the name of what they are of, as in ``/customers/7``."""
        if not text.startswith(("https://", "http://")):
            return text
        steps = _STEPS.split(text)
        for position in range(2, len(steps), 2):
            kinds = kinds_of_name(steps[position - 2].removesuffix("s")) if steps[position - 1] in "/=" else ()
            if kinds and (entry := self._cutter.registry.find(steps[position], kinds)):
                steps[position] = self._cutter.pseudonym(entry, steps[position])
        return "".join(steps)

    def _entry(self, text: str, path: Path, of: JsonObject | None) -> Entry | None:
        """The entry of a whole text: of a short one where its place says whom it names, or where it is no word."""
        kinds = self._places.kinds(path, of or ())
        if kinds:
            return self._cutter.registry.find(text, kinds)
        if text in self._cutter.words:
            return None
        entry = self._cutter.registry.find(text, KINDS if _is_code(text) else ())
        return entry if entry and (entry.is_distinct or _is_code(text)) else None


def _is_personal(path: Path, of: JsonObject | None, text: str) -> bool:
    """Whether a field's name says that it tells of somebody, other fields of the same object beside it considered."""
    plain = [_SEPARATORS.sub("", name.rpartition(".")[2]).lower() for name in path[-2:]]
    if not plain:
        return False
    if plain[-1] in _OF_THINGS_TOO:
        return _is_somebody(of)
    # The id of such a thing has its name before it.
    thing = "".join(plain) if plain[-1] in _IDS else plain[-1]
    is_means = _MEANS_OF_PAYMENT.fullmatch(thing) and _CODE.fullmatch(text)
    return bool(is_means or _PERSONAL.fullmatch(plain[-1]))


def _is_somebody(of: JsonObject | None) -> bool:
    """Whether an object is of a person: a product has a name as well, but no address beside it."""
    beside = {name.lower() for name, _ in of or ()}
    return bool(beside & {"email", "e-mail", "address", "phone", "surname", "tax_exempt"})


def _is_code(text: str) -> bool:
    """Whether a whole text, however short, is no word and no number, so that it is the identifier it equals."""
    return not text.isalpha() and any(letter.isalpha() for letter in text)


def parse(text: str) -> Any:
    """JSON with its numbers as they were written and every field in its place; raises ``ValueError``."""
    return json.loads(
        text, parse_float=RawNumber, parse_int=RawNumber, parse_constant=RawNumber, object_pairs_hook=JsonObject
    )


def dump(node: Any) -> str:
    """JSON of what ``parse`` gave, without spaces."""
    if isinstance(node, JsonObject):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{dump(value)}" for key, value in node) + "}"
    if isinstance(node, list):
        return "[" + ",".join(dump(item) for item in node) + "]"
    return str(node) if isinstance(node, RawNumber) else json.dumps(node, ensure_ascii=False)


def _decoded(text: str) -> tuple[Any, Callable[[str], str]] | None:
    """The JSON inside a text (as it is, in a signed token, in base64), and how to put other JSON there."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            return parse(text), str
        except ValueError:
            return None
    if _TOKEN.fullmatch(text):
        header, payload, _ = text.split(".")
        content = _json_in_base64(payload)
        if content is None:
            return None
        return content, lambda changed: f"{header}.{_base64url(changed)}.erased"
    if _BASE64.fullmatch(text):
        content = _json_in_base64(text)
        if content is None:
            return None
        return content, lambda changed: base64.b64encode(changed.encode(errors="surrogatepass")).decode()
    return None


def _json_in_base64(text: str) -> Any:
    try:
        decoded = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
        content = parse(decoded.decode())
    except (ValueError, binascii.Error):
        return None
    return content if isinstance(content, list) else None


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode(errors="surrogatepass")).decode().rstrip("=")
