"""What the endpoints of a study must satisfy: estimands that are built."""

from collections.abc import Iterator

from pydantic import ValidationError

from remit.errors import Finding, InputError
from remit.library.endpoint_tables import EndpointTable
from remit.library.load import Document
from remit.library.study_tables import Documents, tables
from remit.trial.estimands.endpoint import check


def endpoints_can_be_computed(study: Document, _: Documents) -> Iterator[Finding]:
    """Every endpoint has an estimand that is built."""
    declared: list[EndpointTable] = []
    for each in tables(study, "endpoints"):
        try:
            declared.append(EndpointTable.model_validate(dict(each)))
        except ValidationError:
            continue
    try:
        check([each.declared() for each in declared])
    except InputError as error:
        for each in error.findings:
            yield Finding(f"{study.shown}: endpoints: {each.where}", each.found, each.needed, each.remedy)


RULES = (endpoints_can_be_computed,)
