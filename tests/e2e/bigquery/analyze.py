"""Analyze the compiled dbt models with ZetaSQL, which checks names and types as BigQuery does.

Runs in the environment of dbt: `python analyze.py TABLES MANIFEST`, with the output of `translate.py` and the manifest
that dbt wrote when it built for BigQuery. The emulator accepts some SQL that BigQuery rejects. Exits with the first
error.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from zetasql.api import Analyzer, CatalogBuilder, TableBuilder, TypeFactory
from zetasql.types import AnalyzerOptions, LanguageOptions, SimpleTable, Type, TypeKind, ZetaSQLBuiltinFunctionOptions

KINDS = {
    "BOOLEAN": TypeKind.TYPE_BOOL,
    "FLOAT": TypeKind.TYPE_DOUBLE,
    "JSON": TypeKind.TYPE_JSON,
    "STRING": TypeKind.TYPE_STRING,
    "TIMESTAMP": TypeKind.TYPE_TIMESTAMP,
}
SNAPSHOT_COLUMNS = {"dbt_valid_from": "TIMESTAMP", "dbt_valid_to": "TIMESTAMP", "dbt_is_deleted": "STRING"}
TABLE = re.compile(r"`local`\.`(\w+)`\.`(\w+)`")
LANGUAGE = LanguageOptions.maximum_features()
Node = dict[str, Any]
Tables = dict[str, SimpleTable]


def main() -> None:
    """Analyze each model after those that it reads."""
    tables_path, manifest_path = map(Path, sys.argv[1:])
    tables = {
        f"tap_spott.{name}": table(f"tap_spott.{name}", {field["name"]: type_of(field) for field in each["fields"]})
        for name, each in json.loads(tables_path.read_text(), object_hook=rename).items()
    }
    nodes: dict[str, Node] = json.loads(manifest_path.read_text())["nodes"]
    models = {key: node for key, node in nodes.items() if node["resource_type"] in {"model", "snapshot"}}
    for key in models:
        add(key, models, tables)
    print(f"ZetaSQL: {len(models)} models analyzed")  # noqa: T201 - for a person to read


def rename(part: dict[str, Any]) -> dict[str, Any]:
    """Rename fields as `load.py` does for the emulator, for which the models were compiled."""
    return {**part, "name": "order_"} if "mode" in part and part["name"] == "order" else part


def add(key: str, models: dict[str, Node], tables: Tables) -> None:
    """Add a model's table to the others, after the tables that it reads."""
    node = models[key]
    name = f"{node['schema']}.{node['name']}"
    if name in tables:
        return
    parents = [parent for parent in node["depends_on"]["nodes"] if parent in models]
    for parent in parents:
        add(parent, models, tables)
    if node["resource_type"] == "snapshot":
        read = models[parents[0]]
        columns = {column.name: column.type for column in tables[f"{read['schema']}.{read['name']}"].column}
        columns |= {column: type_of({"type": kind}) for column, kind in SNAPSHOT_COLUMNS.items()}
    else:
        columns = output_columns(node, tables)
    tables[name] = table(name, columns)


def output_columns(node: Node, tables: Tables) -> dict[str, Type]:
    """Return the columns of a model's query.

    Raises:
        SystemExit: BigQuery would reject the query.
    """
    query = TABLE.sub(r"`\1.\2`", node["compiled_code"])
    catalog = CatalogBuilder("catalog")
    for name in set(re.findall(r"`(\w+\.\w+)`", query)) & tables.keys():
        catalog.add_table(tables[name])
    catalog.with_builtin_functions(ZetaSQLBuiltinFunctionOptions(language_options=LANGUAGE))
    analyzer = Analyzer(AnalyzerOptions(language_options=LANGUAGE), catalog.build())
    try:
        statement = analyzer.analyze_statement(query)
    except Exception as error:  # noqa: BLE001 - the analyzer's errors have several types
        sys.exit(f"{node['name']}: {error}")
    return {column.name: column.column.type for column in statement.output_column_list}


def table(name: str, columns: dict[str, Type]) -> SimpleTable:
    """Return a table with these columns."""
    builder = TableBuilder(name)
    for column, column_type in columns.items():
        builder.add_column(column, column_type)
    return builder.build()


def type_of(field: Node) -> Type:
    """Return the type of a field of BigQuery's API."""
    if field["type"].upper() == "RECORD":
        found = TypeFactory.create_struct_type([(each["name"], type_of(each)) for each in field["fields"]])
    else:
        found = TypeFactory.create_simple_type(KINDS[field["type"].upper()])
    return TypeFactory.create_array_type(found) if field.get("mode") == "REPEATED" else found


if __name__ == "__main__":
    main()
