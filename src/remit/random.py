"""Named random draws: what a patient is dealt depends on seed, name, patient and index, and on nothing else.

A counter-based generator, Philox-4x32-10 (Salmon et al. 2011), keyed by the seed and a hash of the
name, with the patient and the index as its counter. Draws are never consumed from a shared sequence,
so another patient, visit or parameter moves nothing.
"""

import hashlib
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.functions import exp, log

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
FourWords = tuple[Words, Words, Words, Words]

ROUNDS = 10
MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK = np.uint64(0xFFFFFFFF)
HALF_WORD = np.uint64(32)
PIECE = 8192
"""Numbers computed at once: few enough that what is in between stays in the cache."""


def philox(counter: FourWords, key: tuple[int, int]) -> FourWords:
    """Four random 32-bit words for each counter, as 64-bit integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(ROUNDS):
        p0, p1 = MULTIPLIER_0 * c0, MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (p1 >> HALF_WORD) ^ c1 ^ k0, p1 & MASK, (p0 >> HALF_WORD) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@cache
def key_of(seed: int, name: str) -> tuple[int, int]:
    """Key of a named stream: 64 bits of a hash of seed and name."""
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def draws(seed: int, name: str, patients: ArrayLike, n: int = 1, first: ArrayLike = 0) -> Floats:
    """Uniform draws in the open interval (0, 1), odd multiples of 2**-53.

    Parameters
    ----------
    seed
        Seed of the run.
    name
        Name of the quantity; one name, one stream.
    patients
        Index of each patient, shape (n_patients,), not negative.
    n
        Draws of each patient; more only append.
    first
        The first of them, for all or for each patient, shape (n_patients,): any draw can be had without
        those before it.

    Returns
    -------
    Shape (n_patients, n).
    """
    who = np.asarray(patients).astype(np.uint64)
    begin = np.broadcast_to(np.asarray(first, dtype=np.int64), who.shape)
    if (begin % 2).any():
        # Two come of each counter; one more is drawn, and one left out at either end.
        wider = draws(seed, name, patients, n + 1, begin - begin % 2)
        return np.take_along_axis(wider, (begin % 2)[:, None] + np.arange(n), axis=1)
    start_at = (begin // 2).astype(np.uint64)
    found = np.empty((len(who), n))
    rows = max(PIECE // max(n, 1), 1)
    for start in range(0, len(who), rows):
        piece = slice(start, start + rows)
        found[piece] = _draws(key_of(seed, name), who[piece], start_at[piece], n)
    return found


def _draws(key: tuple[int, int], who: Words, first: Words, n: int) -> Floats:
    who = who[:, None]
    block = first[:, None] + np.arange((n + 1) // 2, dtype=np.uint64)[None, :]
    zero = np.zeros(np.broadcast_shapes(who.shape, block.shape), dtype=np.uint64)
    words = philox((zero + (who & MASK), zero + (who >> HALF_WORD), zero + block, zero), key)
    uniform = np.stack([_uniform(*words[:2]), _uniform(*words[2:])], axis=-1)
    return uniform.reshape(len(who), 2 * block.shape[1])[:, :n]


def _uniform(first: Words, second: Words) -> Floats:
    """A number in (0, 1) of the leading 27 and 25 bits of two words."""
    # 52 bits, not 53: with half a unit added the sum is still exact, so that 1 cannot come out.
    whole = (first >> np.uint64(5)).astype(float) * 2.0**25 + (second >> np.uint64(7)).astype(float)
    return (whole + 0.5) * 2.0**-52


def normals(seed: int, name: str, patients: ArrayLike, n: int = 1, first: ArrayLike = 0) -> Floats:
    """Standard normal draws, shape (n_patients, n); arguments as :func:`draws`."""
    return normal_quantile(draws(seed, name, patients, n, first))


def exponentials(seed: int, name: str, patients: ArrayLike, n: int = 1) -> Floats:
    """Exponential draws of mean one, shape (n_patients, n); arguments as :func:`draws`."""
    return -log(draws(seed, name, patients, n))


def choices(
    seed: int, name: str, patients: ArrayLike, probabilities: ArrayLike, n: int = 1
) -> NDArray[np.int64]:
    """Categories 0, 1, ... drawn with given probabilities, shape (n_patients, n)."""
    cumulative = np.cumsum(np.asarray(probabilities, dtype=float))
    drawn = np.searchsorted(cumulative / cumulative[-1], draws(seed, name, patients, n), side="right")
    return np.minimum(drawn, len(cumulative) - 1).astype(np.int64)


CENTRE = (
    (
        3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ),
    (
        1.0, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852854561e3,
    ),
)  # fmt: skip
MIDDLE = (
    (
        1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
        1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2, 7.7454501427834140764e-4,
    ),
    (
        1.0, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1,
        1.4810397642748007459e-1, 1.51986665636164571966e-2,
        5.475938084995344946e-4, 1.05075007164441684324e-9,
    ),
)  # fmt: skip
TAIL = (
    (
        6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
        2.6532189526576123093e-2, 1.2426609473880784386e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ),
    (
        1.0, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2,
        7.868691311456132591e-4, 1.8463183175100546818e-5,
        1.4215117583164458887e-7, 2.04426310338993978564e-15,
    ),
)  # fmt: skip


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], r: Floats) -> Floats:
    above, below = np.zeros_like(r), np.zeros_like(r)
    for a, b in zip(reversed(coefficients[0]), reversed(coefficients[1]), strict=True):
        above *= r
        above += a
        below *= r
        below += b
    above /= below
    return above


def normal_quantile(p: Floats) -> Floats:
    """Quantile of the standard normal distribution, by algorithm AS 241 (Wichura 1988); about 1e-15."""
    flat = np.ravel(p)
    found = np.empty(flat.shape)
    for start in range(0, flat.size, PIECE):
        found[start : start + PIECE] = _normal_quantile(flat[start : start + PIECE])
    return found.reshape(np.shape(p))


def _normal_quantile(p: Floats) -> Floats:
    q = p - 0.5
    found = q * _ratio(CENTRE, 0.180625 - q * q)
    outer = np.flatnonzero(np.abs(q) > 0.425)
    tail = np.sqrt(-log(np.minimum(p[outer], 1 - p[outer])))
    beyond = _ratio(MIDDLE, tail - 1.6)
    far = tail > 5.0
    beyond[far] = _ratio(TAIL, tail[far] - 5.0)
    found[outer] = np.where(q[outer] < 0, -beyond, beyond)
    return found


def logistic(x: Floats) -> Floats:
    """The inverse of the logit, in arithmetic of our own."""
    return 1.0 / (1.0 + exp(-x))
