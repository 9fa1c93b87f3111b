"""Makes everything that is derived from the ontology and committed: SHACL shapes, JSON-LD context, reference page.

`python -m ontology.render` writes the files beside this module; with `--check` it fails if they differ. The output is
sorted and holds no time, so that it changes only when the ontology does.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from ontology.model import BG, Class, Ontology, Property, Qualifier, Relation, load

T = TypeVar("T")

_PREFIXES = {
    "bg": str(BG),
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sh": "http://www.w3.org/ns/shacl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def main(folder: Path, made: Mapping[str, str]) -> None:
    """Write files into a folder or, with `--check` among the arguments, exit with 1 if one differs from its text."""
    stale = [folder / name for name, text in made.items() if _read(folder / name) != text]
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit(f"not what it is made from: {', '.join(map(str, stale))}; run `make generate` and commit")
        return
    for path in stale:
        path.write_text(made[path.name], encoding="utf-8")


def files(ontology: Ontology) -> Mapping[str, str]:
    """File name → text."""
    return {
        "context.jsonld": context(ontology),
        "reference.md": reference(ontology),
        "shapes.ttl": shapes(ontology),
    }


def context(ontology: Ontology) -> str:
    """The JSON-LD 1.1 context under which our JSON names read as the ontology's terms."""
    terms: dict[str, object] = {"@version": 1.1, "@vocab": str(BG), **_PREFIXES, "id": "@id"}
    for relation in ontology.relations.values():
        terms[relation.name] = {"@id": f"bg:{relation.name}", "@type": "@id"}
    for properties in (ontology.qualifiers, ontology.sources):
        for key, property_ in properties.items():
            terms[key] = {"@id": f"bg:{property_.name}", **_json_type(property_, ontology)}
    for value in ontology.values.values():
        terms[value.name] = {"@id": f"bg:{value.name}", **_json_type(value, ontology)}
    return json.dumps({"@context": dict(sorted(terms.items()))}, indent=2, ensure_ascii=False) + "\n"


def _json_type(property_: Property, ontology: Ontology) -> dict[str, object]:
    if isinstance(property_, Qualifier) and property_.scheme:
        concepts = ontology.vocabularies[property_.scheme].concepts
        return {"@type": "@vocab", "@context": {notation: f"bg:{c.name}" for notation, c in concepts.items()}}
    if property_.datatype is None:
        return {"@type": "@id"}
    return {"@container": "@language"} if property_.datatype == "langString" else {"@type": _curie(property_.datatype)}


def _curie(datatype: str) -> str:
    prefix = {"Edtf": "bg", "langString": "rdf"}.get(datatype, "xsd")
    return f"{prefix}:{datatype}"


def shapes(ontology: Ontology) -> str:
    """SHACL Core shapes: what a statement has, the type of each qualifier, domain and range of each relation."""
    header = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in _PREFIXES.items())
    parts = [
        header,
        _shape(
            "StatementShape",
            "sh:targetClass rdf:Statement",
            [
                *(f"[ sh:path rdf:{end} ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ]" for end in _ENDS),
                *(_qualifier_shape(q, ontology) for q in ontology.qualifiers.values()),
                "[ sh:path [ sh:alternativePath ( bg:quote bg:record ) ] ; sh:minCount 1 ]",
            ],
        ),
    ]
    for relation in ontology.relations.values():
        parts += [_end_shape(relation, "Domain", relation.domain), _end_shape(relation, "Range", relation.range)]
    return "\n".join(parts)


_ENDS = ("object", "predicate", "subject")


def _qualifier_shape(qualifier: Qualifier, ontology: Ontology) -> str:
    rules = [f"sh:path bg:{qualifier.name}", "sh:maxCount 1"]
    if qualifier.required:
        rules.append("sh:minCount 1")
    if qualifier.scheme:
        concepts = ontology.vocabularies[qualifier.scheme].concepts.values()
        rules.append(f"sh:in ( {' '.join(sorted(f'bg:{concept.name}' for concept in concepts))} )")
    elif qualifier.refers:
        rules.append(_one_of(qualifier.range))
    elif qualifier.name == "value":  # a name has a language
        rules.append("sh:or ( [ sh:datatype rdf:langString ] [ sh:datatype xsd:string ] )")
    elif qualifier.datatype is not None:
        rules.append(f"sh:datatype {_curie(qualifier.datatype)}")
    return f"[ {' ; '.join(rules)} ]"


def _end_shape(relation: Relation, end: str, classes: Iterable[str]) -> str:
    target = "sh:targetSubjectsOf" if end == "Domain" else "sh:targetObjectsOf"
    rules = f"a sh:NodeShape ;\n    {target} bg:{relation.name} ;\n    {_one_of(classes)}"
    return f"bg:{relation.name}{end}Shape\n    {rules} .\n"


def _one_of(classes: Iterable[str]) -> str:
    names = sorted(classes)
    if len(names) == 1:
        return f"sh:class bg:{names[0]}"
    return f"sh:or ( {' '.join(f'[ sh:class bg:{name} ]' for name in names)} )"


def _shape(name: str, target: str, properties: Iterable[str]) -> str:
    body = "".join(f" ;\n    sh:property {p}" for p in properties)
    return f"bg:{name}\n    a sh:NodeShape ;\n    {target}{body} .\n"


def reference(ontology: Ontology) -> str:
    """The ontology as a page for people."""
    return "\n".join(
        [
            f"# Ontology {ontology.version}\n",
            "Made from `ontology/belgraph.ttl`; do not edit.\n",
            "## Classes\n",
            *_table(["class", "is a", "use it for"], ontology.classes.values(), _class_row),
            "## Relations\n",
            *_table(["relation", "in Neo4j", "from", "to", "use it for"], ontology.relations.values(), _relation_row),
            "## Qualifiers of a statement\n",
            *_table(["in Neo4j", "in RDF", "value", "meaning"], ontology.qualifiers.values(), _property_row),
            *(
                line
                for vocabulary in ontology.vocabularies.values()
                for line in (
                    f"## {vocabulary.label}\n",
                    *_table(["value", "meaning"], vocabulary.concepts.values(), lambda c: (c.notation, c.comment)),
                )
            ),
            "## Values that a source states\n",
            *_table(["in Neo4j", "in RDF", "value", "meaning"], ontology.values.values(), _property_row),
            "## Properties of documents and data sets\n",
            *_table(["in Neo4j", "in RDF", "value", "meaning"], ontology.sources.values(), _property_row),
            "## Properties derived for display\n",
            *_table(["in Neo4j", "in RDF", "value", "meaning"], ontology.derived.values(), _property_row),
        ]
    )


def _table(columns: list[str], terms: Iterable[T], row: Callable[[T], tuple[str, ...]]) -> list[str]:
    lines = [columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row(term)] for term in terms)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _class_row(class_: Class) -> tuple[str, ...]:
    return class_.name, ", ".join(sorted(class_.parents)), class_.comment


def _relation_row(relation: Relation) -> tuple[str, ...]:
    ends = (", ".join(sorted(classes)) for classes in (relation.domain, relation.range))
    return relation.name, relation.type, *ends, relation.comment


def _property_row(property_: Property) -> tuple[str, ...]:
    scheme = property_.scheme if isinstance(property_, Qualifier) else None
    kind = property_.datatype or scheme or ", ".join(sorted(property_.range))
    return property_.key, property_.name, kind, property_.comment


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    main(Path(__file__).parent, files(load()))
