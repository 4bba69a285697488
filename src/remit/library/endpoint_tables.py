"""Endpoints that a study file declares, each with its estimand."""

from typing import Annotated, Literal

from pydantic import Field

from remit.library.strict import PlainName, Strict
from remit.trial.estimands.endpoint import THREE_MONTHS, Endpoint, MrdTest, Role


class MrdTestTable(Strict):
    """Which result of residual disease is meant; days count from the last dose, or from the first."""

    compartment: Literal["blood", "marrow"]
    assay: PlainName
    threshold: Annotated[float, Field(gt=0, lt=1)]
    origin: Literal["last_dose", "first_dose"] = "last_dose"
    day: Annotated[float, Field(ge=0)] = THREE_MONTHS
    window: Annotated[float, Field(ge=0)] = 0.0


class EndpointTable(Strict):
    """An endpoint: variable, population, strategies for intercurrent events, summary."""

    name: str
    variable: str
    reader: Literal["INV", "IRC", ""] = "IRC"
    population: str = "randomised"
    strategies: dict[str, str] = Field(default_factory=dict)
    summary: str = "hazard_ratio"
    role: Role = "secondary"
    landmark: float | None = None
    remission: str = "CRC"
    mrd: MrdTestTable | None = None

    def declared(self) -> Endpoint:
        """The endpoint as the trial knows it; see ``estimands.endpoint.check`` for what it must satisfy."""
        return Endpoint(
            name=self.name,
            variable=self.variable,
            reader=self.reader,
            population=self.population,
            strategies=self.strategies,
            summary=self.summary,
            role=self.role,
            landmark=self.landmark,
            remission=self.remission,
            mrd=None if self.mrd is None else MrdTest(**self.mrd.model_dump()),
        )
