"""Sparse LU of ``w I - J`` as operations of a program: order of elimination, factors, substitution.

No rows are exchanged: at the step sizes that error control chooses, ``w`` dominates. Where it does not, a
pivot is what is left of a cancellation, and the guard says so; the driver then takes a smaller step, at
which ``w`` is larger.
"""

from remit.solve.program import Program

MOST_CANCELLATION = 1e8
"""A pivot that is smaller than the terms it came from by more than this is not trusted."""

Entries = dict[tuple[int, int], int]


def elimination_order(n: int, pattern: set[tuple[int, int]]) -> list[int]:
    """Markowitz order of diagonal pivots: at each step the one that could fill least."""
    rows = {i: {j for j in range(n) if (i, j) in pattern or i == j} for i in range(n)}
    columns = {j: {i for i in range(n) if (i, j) in pattern or i == j} for j in range(n)}
    order: list[int] = []
    while rows:
        pivot = min(rows, key=lambda i: ((len(rows[i]) - 1) * (len(columns[i]) - 1), i))
        for i in columns[pivot] - {pivot}:
            rows[i] |= rows[pivot] - {pivot}
        for j in rows[pivot] - {pivot}:
            columns[j] |= columns[pivot] - {pivot}
        for i in columns[pivot]:
            rows[i].discard(pivot)
        for j in rows[pivot]:
            if j in columns:
                columns[j].discard(pivot)
        del rows[pivot], columns[pivot]
        order.append(pivot)
    return order


def factorise(program: Program, w: int, jacobian: Entries, order: list[int]) -> dict[tuple[int, int], int]:
    """Add the factors of ``w I - J`` to a program, and its guard.

    Outputs are ``lu``, the factors, and ``guard``, which is negative where a pivot is not to be trusted. The
    diagonal is kept as its reciprocal, by which the rows of the upper factor are multiplied: a solve then
    waits for one operation per row.

    Parameters
    ----------
    program
        Computes ``w`` and the entries of the Jacobian.
    w
        Value on the diagonal.
    jacobian
        Values by row and column, in the order of the states.
    order
        Order of elimination.

    Returns
    -------
    Place in ``lu`` by row and column, in the order of elimination.
    """
    place = {old: new for new, old in enumerate(order)}
    entries = {(place[i], place[j]): value for (i, j), value in jacobian.items()}
    filled = {key: program.negate(value) for key, value in entries.items()}
    magnitude: list[int] = []
    for i in range(len(order)):
        here = entries.get((i, i))
        filled[i, i] = w if here is None else program.subtract(w, here)
        magnitude.append(w if here is None else program.add(w, program.value("absolute", here)))
    guard = eliminate(program, filled, magnitude)
    for i, j in [key for key in filled if key[1] > key[0]]:
        filled[i, j] = program.multiply(filled[i, j], filled[i, i])
    store = {key: index for index, key in enumerate(sorted(filled))}
    for key, index in store.items():
        program.output("lu", index, filled[key])
    program.output("guard", 0, guard)
    return store


def eliminate(program: Program, filled: Entries, magnitude: list[int]) -> int:
    """Turn entries into factors in place, with fill-in; returns the guard.

    ``magnitude`` follows the terms of each pivot.
    """
    n = len(magnitude)
    guard = program.constant(1.0)
    for k in range(n):
        pivot = filled[k, k]
        if pivot != magnitude[k]:
            size = program.value("absolute", pivot)
            spare = program.fma(size, program.constant(MOST_CANCELLATION), program.negate(magnitude[k]))
            guard = program.value("smallest", guard, spare)
        filled[k, k] = program.divide(program.constant(1.0), pivot)
        below = [i for i in range(k + 1, n) if (i, k) in filled]
        right = [j for j in range(k + 1, n) if (k, j) in filled]
        for i in below:
            factor = program.multiply(filled[i, k], filled[k, k])
            filled[i, k] = factor
            for j in right:
                old = filled.get((i, j), program.constant(0.0))
                filled[i, j] = program.fma(program.negate(factor), filled[k, j], old)
                if i == j:
                    size = program.value("absolute", program.multiply(factor, filled[k, j]))
                    magnitude[i] = program.add(magnitude[i], size)
    return guard


def substitute(order: list[int], store: dict[tuple[int, int], int]) -> Program:
    """Program that solves for ``k`` from ``lu`` and the right-hand side ``f + d``."""
    program, n = Program(), len(order)
    b = [program.add(program.input("f", i), program.input("d", i)) for i in order]
    for i in range(n):
        for j in range(i):
            if (i, j) in store:
                factor = program.negate(program.input("lu", store[i, j]))
                b[i] = program.fma(factor, b[j], b[i])
    for i in reversed(range(n)):
        b[i] = program.multiply(b[i], program.input("lu", store[i, i]))
        for j in reversed(range(i + 1, n)):
            if (i, j) in store:
                factor = program.negate(program.input("lu", store[i, j]))
                b[i] = program.fma(factor, b[j], b[i])
    for i, state in enumerate(order):
        program.output("k", state, b[i])
    return program
