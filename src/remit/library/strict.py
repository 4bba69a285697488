"""What tables of a study file share: no unknown key, names, numbers in their range."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_/-]+$")]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Sentence = Annotated[str, Field(min_length=10)]
Count = Annotated[int, Field(gt=0)]
Probability = Annotated[float, Field(gt=0, lt=1)]
Level = Annotated[float, Field(gt=0, lt=0.5)]
RawTable = dict[str, Any]


class Strict(BaseModel):
    """A table that takes no unknown key."""

    model_config = ConfigDict(extra="forbid", frozen=True)
