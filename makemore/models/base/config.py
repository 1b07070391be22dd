"""The parameters of a model. Each model file derives its own `Config` from one of these two."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from makemore.core.params import Section, Seed, Share

# No machine has the memory or time for more. training/memory.py checks all sizes together against this machine.
Width = Annotated[int, Field(ge=1, le=2**16)]  # of a vector
Layers = Annotated[int, Field(ge=1, le=100)]
Steps = Annotated[int, Field(ge=1, le=10**9)]


class Config(Section):
    """The one key that every variant has: the name of its model."""

    model: str


class TrainingConfig(Config):
    """The parameters of the gradient loop (training/loop.py), for models that are trained by it."""

    steps: Steps
    optimizer: Literal["adamw", "muon"]  # for the hidden matrices; AdamW trains everything else
    batch_size: int = Field(ge=1, le=10**6)
    lr: float = Field(gt=0, le=1e30)
    warmup_steps: int = Field(ge=0)  # at most steps: otherwise lr would never reach its peak
    weight_decay: float = Field(ge=0, le=1e6)
    smoothing: Share = 0.0  # ignored in a student, whose targets are its teacher's; older commits do not have it
    eval_every: Steps
    seed: Seed

    @field_validator("warmup_steps")
    @classmethod
    def _at_most_steps(cls, warmup_steps: int, info: ValidationInfo) -> int:
        if warmup_steps > info.data.get("steps", warmup_steps):
            raise ValueError(f"must be at most steps ({info.data['steps']})")
        return warmup_steps


class Teaching(Section):
    """What a student has besides the parameters of its model: see makemore/training/teaching.py."""

    teacher: str
    sampled_names: int = Field(ge=0, le=10**8)
    sampled_share: Share

    @field_validator("sampled_share")
    @classmethod
    def _needs_names(cls, sampled_share: float, info: ValidationInfo) -> float:
        if (sampled_share > 0) != (info.data.get("sampled_names", 0) > 0):
            raise ValueError("must be above 0 if sampled_names is, and only then")
        return sampled_share
