"""Object code of a model: compiled from LLVM code for this processor, and loaded into this process."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import llvmlite.binding as llvm

WIDTHS = (1, 2, 4, 8)
OVERRIDE = "REMIT_KERNEL_WIDTH"


@cache
def processor() -> tuple[str, str]:
    """Name and features of this processor, as LLVM calls them."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def native_width() -> int:
    """Patients abreast that suit this processor.

    Four where registers hold four numbers or more: with eight, the workspace of a model of forty states
    leaves the first cache, which costs what longer registers gain.
    """
    return 4 if "+avx" in processor()[1].split(",") else 2


def target_machine() -> Any:
    """A code generator for this processor."""
    name, features = processor()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=name, features=features, opt=2, jit=True)


def compiled(source: str) -> bytes:
    """Object code of LLVM code."""
    module = llvm.parse_assembly(source)
    machine = target_machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module)


class Library:
    """Loaded object code; it stays loaded as long as this object lives."""

    def __init__(self, code: bytes, names: tuple[str, ...]) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.addresses: Mapping[str, int] = {name: self._engine.get_function_address(name) for name in names}
