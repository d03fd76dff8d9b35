"""The Reconciliation Service API 0.2: what may be asked, checked to its end, and the answers in its words.

Source: Reconciliation Service API v0.2, W3C Entity Reconciliation Community Group, 10 April 2023.
"""

import re
from typing import Any

from aidtrace.errors import InputError, one_of, unknown_name
from aidtrace.folding import fold
from aidtrace.namespaces import AT, EDTF, ID, XSD
from aidtrace.reconciling.candidates import LONGEST, Candidate, Wanted, candidates
from aidtrace.reconciling.known import Known, Property, Thing, Type, Value

BATCH = 50
"""So many names may be asked at once."""

_STRICT = ("any", "all", "should")
_MOST = 100
_PAGE = 10
_KEYS = ("query", "type", "limit", "properties", "type_strict")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBERS = {XSD("integer").value: ("int", int), XSD("decimal").value: ("float", float)}
_DEFAULT = ("Actor", "Instrument", "Event", "Source")


def manifest(known: Known, address: str, version: str) -> dict[str, Any]:
    """Return what the service at *address* can do (section 3)."""
    place = f"{address}/reconcile"
    return {
        "versions": ["0.2"],
        "name": "aidtrace",
        "identifierSpace": ID.iri,
        "schemaSpace": AT.iri,
        "serviceVersion": version,
        "documentation": f"{address}/",
        "view": {"url": f"{address}/id/{{{{id}}}}"},
        "preview": {"url": f"{place}/preview?id={{{{id}}}}", "width": 400, "height": 180},
        "defaultTypes": [_type(known.types[name]) for name in _DEFAULT if name in known.types],
        "suggest": {
            what: {"service_url": address, "service_path": f"/reconcile/suggest/{what}"}
            for what in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": address, "service_path": "/reconcile/properties"},
            "property_settings": [],
        },
        "batchSize": BATCH,
    }


def reconciled(known: Known, batch: Any) -> dict[str, Any]:
    """Answer a batch of queries (section 4); InputError where one is not what the API has."""
    if not isinstance(batch, dict):
        raise InputError('queries: expected an object, such as {"q0": {"query": "Norland"}}')
    if len(batch) > BATCH:
        raise InputError(f"queries: has {len(batch)}; expected at most {BATCH} at once")
    wanted = {name: _wanted(f"queries: {name}", query) for name, query in batch.items()}
    return {name: {"result": [_result(known, one) for one in candidates(known, each)]} for name, each in wanted.items()}


def suggested(known: Known, what: str, prefix: str, cursor: int = 0) -> dict[str, Any]:
    """Complete *prefix* to entities, types or properties, from the one numbered *cursor* on (section 6)."""
    found = known.starting(what, fold(prefix[:LONGEST]))[cursor : cursor + _PAGE]
    return {"result": [_entity(known, one) if isinstance(one, Thing) else _word(one) for one in found]}


def proposed(known: Known, type_: str | None, limit: int = _MOST) -> dict[str, Any]:
    """Return the properties that things of *type_* have, the most common first (section 7.2)."""
    if type_ is not None and type_ not in known.types:
        raise unknown_name("type", type_, known.types)
    names = known.used.get(type_, []) if type_ else sorted({one for found in known.used.values() for one in found})
    chosen = [{"id": name, "name": known.properties[name].label} for name in names[:limit]]
    return {"limit": limit, "properties": chosen} | ({"type": type_} if type_ else {})


def extended(known: Known, query: Any) -> dict[str, Any]:
    """Return the values of properties of things (section 7.3); a name that is not ours has none."""
    if not isinstance(query, dict) or set(query) - {"ids", "properties"}:
        raise InputError(
            'extend: expected an object such as {"ids": ["actor/norland"], "properties": [{"id": "seat"}]}'
        )
    ids, asked = query.get("ids"), query.get("properties")
    if not _texts(ids) or not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise InputError("extend: expected ids, a list of names, and properties, a list of objects with an id")
    names = [one.get("id") for one in asked]
    for name in names:
        if name not in known.properties:
            raise unknown_name("property", str(name), known.properties)
    meta = [{"id": name, "name": known.properties[name].label} for name in names]
    return {"meta": meta, "rows": {one: {name: _values(known, one, name) for name in names} for one in ids or ()}}


def _wanted(where: str, query: Any) -> Wanted:
    if not isinstance(query, dict):
        raise InputError(f"{where}: expected an object")
    if unknown := sorted(set(query) - set(_KEYS)):
        raise InputError(f"{where}: has {unknown[0]!r}; expected {one_of(_KEYS, unknown[0])}")
    name, types = query.get("query", ""), query.get("type", [])
    types = [types] if isinstance(types, str) else types
    limit, strict = query.get("limit", 10), query.get("type_strict", "any")
    properties = query.get("properties", [])
    if not isinstance(name, str) or not _texts(types) or not isinstance(properties, list):
        raise InputError(f"{where}: expected query as a text, type as a text or several, properties as a list")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 1 <= limit <= _MOST:
        raise InputError(f"{where}: limit is {limit!r}; expected a number from 1 to {_MOST}")
    if strict not in _STRICT:
        raise InputError(f"{where}: type_strict is {strict!r}; expected {one_of(_STRICT)}")
    if not name.strip() and not properties:
        raise InputError(f"{where}: asks for nothing; expected query or properties")
    told = tuple(_property(where, one) for one in properties)
    bare = tuple(one.removeprefix(AT.iri) for one in types if one)
    return Wanted(name, bare, strict, told, int(limit))


def _property(where: str, given: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(given, dict) or not isinstance(given.get("pid"), str) or "v" not in given:
        raise InputError(f"{where}: a property is {given!r}; expected an object with pid and v")
    values = given["v"] if isinstance(given["v"], list) else [given["v"]]
    return given["pid"].removeprefix(AT.iri), tuple(_text(where, one) for one in values)


def _text(where: str, value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return str(value["id"]).removeprefix(ID.iri)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise InputError(f"{where}: v is {value!r}; expected a text, a number, true, false or an object with an id")
    return str(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _result(known: Known, one: Candidate) -> dict[str, Any]:
    features: list[dict[str, Any]] = [{"id": "name", "name": "name", "value": round(one.by_name, 2)}]
    if one.by_properties is not None:
        features.append({"id": "properties", "name": "properties", "value": round(one.by_properties, 2)})
    return {
        "id": one.thing.name,
        "name": one.thing.label,
        "description": known.described(one.thing),
        "type": [_type(type_) for type_ in known.specific(one.thing)],
        "score": round(one.score, 2),
        "match": one.match,
        "features": features,
    }


def _entity(known: Known, thing: Thing) -> dict[str, Any]:
    notable = [_type(type_) for type_ in known.specific(thing)]
    return {"id": thing.name, "name": thing.label, "description": known.described(thing), "notable": notable}


def _type(type_: Type) -> dict[str, str]:
    return {"id": type_.name, "name": type_.label}


def _word(word: Type | Property) -> dict[str, str]:
    return {"id": word.name, "name": word.label, "description": word.definition}


def _values(known: Known, thing: str, property_: str) -> list[dict[str, Any]]:
    found = known.things.get(thing.removeprefix(ID.iri))
    return [_value(one) for one in found.values.get(property_, ())] if found else []


def _value(value: Value) -> dict[str, Any]:
    if value.is_thing:
        return {"id": value.text.removeprefix(ID.iri), "name": value.label or value.text.removeprefix(ID.iri)}
    if value.datatype in _NUMBERS:
        key, read = _NUMBERS[value.datatype]
        return {key: read(value.text)}
    exact = value.datatype in (EDTF("EDTF").value, XSD("date").value) and _DAY.fullmatch(value.text)
    return {"date": f"{value.text}T00:00:00"} if exact else {"str": value.text}
