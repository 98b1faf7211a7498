"""Runs for other places: MLflow, the Hugging Face hub, Croissant."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from . import __version__
from ._errors import bad, translated

if TYPE_CHECKING:
    from ._run import Run

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_TYPES = {
    "numerical": "sc:Float",
    "integer": "sc:Integer",
    "boolean": "sc:Text",
    "datetime": "sc:Text",
}


def log_mlflow(run: Run, prefix: str) -> None:
    """Logs parameters, figures, verdict and report of ``run`` to the active MLflow run."""
    try:
        import mlflow
    except ImportError:
        raise bad("needs-mlflow", "Logging to MLflow needs mlflow.", "Install it: pip install mlflow.") from None
    kept = run.attempts[run.record["kept"]]
    mlflow.log_params({f"{prefix}{k}": v for k, v in kept["config"].items()})
    mlflow.log_params({f"{prefix}seed": run.record["seed"], f"{prefix}protect": run.record["protect"]})
    figures = {s["id"]: s["value"] for s in run.judgement.scores if s["value"] is not None}
    mlflow.log_metrics({f"{prefix}{k}": v for k, v in figures.items()})
    mlflow.set_tags({f"{prefix}verdict": run.verdict, f"{prefix}version": run.record["version"]})
    mlflow.log_text(str(run.report), f"{prefix}report.html")


def _description(run: Run) -> str:
    rows = run.record["rows"]
    return (
        f"Synthetic rows made by Verdancy {run.record['version']}; no row is a real one. Verdict: {run.verdict} under the profile "
        f"{run.judgement.profile}, on {rows['test']} real rows that no choice has seen. Values are protected: at least "
        f"{run.record['protect']} people share each number that was learned."
    )


@translated
def to_croissant(run: Run, path: str, name: str | None, license: str | None) -> None:
    """Writes ``path`` (JSON-LD) and the rows as ``synthetic.parquet`` beside it."""
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    file = os.path.join(folder, "synthetic.parquet")
    run.rows.write(file, "parquet")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(_croissant(run, file, name, license), out, indent=2, ensure_ascii=False)
        out.write("\n")


def _croissant(run: Run, file: str, name: str | None, license: str | None) -> dict[str, Any]:
    with open(file, "rb") as content:
        digest = hashlib.sha256(content.read()).hexdigest()
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"rows/{position}",
            "name": column,
            "description": f"{spec.kind}, synthetic",
            "dataType": _TYPES.get(spec.kind, "sc:Text"),
            "source": {"fileObject": {"@id": "synthetic.parquet"}, "extract": {"column": column}},
        }
        for position, (column, spec) in enumerate(run.schema.items())
        if column in run.rows.names
    ]
    gates = "; ".join(f"{g.name} {g._limit()}: {g.status}" for g in run.gates if g.status != "not_applicable")
    out: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name or "synthetic-table",
        "description": _description(run),
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "version": "1.0.0",
        "citeAs": f"Synthetic table made by Verdancy {__version__}",
        "datePublished": datetime.now(timezone.utc).date().isoformat(),
        "creator": {"@type": "sc:Organization", "name": f"Verdancy {__version__}"},
        "rai:dataCollection": "Synthetic: drawn from a model of a real table that is not part of this dataset.",
        "rai:dataLimitations": f"Not every relation of the real table is kept. Gates: {gates}.",
        "rai:personalSensitiveInformation": "None of a real person; names, keys and notes are invented.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "synthetic.parquet",
                "name": "synthetic.parquet",
                "contentUrl": "synthetic.parquet",
                "encodingFormat": "application/x-parquet",
                "sha256": digest,
            }
        ],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": fields}],
    }
    if license:
        out["license"] = license
    return out


def _size(rows: int) -> str:
    for bound, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M")):
        if rows < bound:
            return name
    return "10M<n<100M" if rows < 10**8 else "n>100M"


@translated
def to_hub_folder(run: Run, path: str, name: str | None, license: str | None) -> list[str]:
    """Writes ``data/train.parquet``, ``README.md`` and ``croissant.json`` to the folder ``path``."""
    os.makedirs(os.path.join(path, "data"), exist_ok=True)
    run.rows.write(os.path.join(path, "data", "train.parquet"), "parquet")
    rows = run.record["rows"]["synthetic"]
    head = [f"license: {license}"] if license else []
    head += ["tags:", "- synthetic", "- tabular", "size_categories:", f"- {_size(rows)}", f"pretty_name: {json.dumps(name or 'Synthetic table')}"]
    gates = [f"| {g.name} | {'' if g.value is None else f'{g.value:.3f}'} | {g._limit()} | {g.status} |" for g in run.gates if g.status != "not_applicable"]
    card = ["---", *head, "---", "", f"# {name or 'Synthetic table'}", "", _description(run), "", "| gate | value | limit | status |", "|---|---|---|---|", *gates, ""]
    with open(os.path.join(path, "README.md"), "w", encoding="utf-8") as out:
        out.write("\n".join(card))
    croissant = _croissant(run, os.path.join(path, "data", "train.parquet"), name, license)
    text = json.dumps(croissant, indent=2, ensure_ascii=False).replace("synthetic.parquet", "data/train.parquet")
    with open(os.path.join(path, "croissant.json"), "w", encoding="utf-8") as out:
        out.write(text + "\n")
    return ["README.md", "croissant.json", "data/train.parquet"]
