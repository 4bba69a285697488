"""Rodas4: a linearly implicit method of order four with six stages, stiffly accurate.

Coefficients of Hairer and Wanner (1996), section VI.4, in the transformed form of their section IV.7,
that needs no matrix product: stage i solves ``(I / (h gamma) - J) k_i = f(y + sum a_ij k_j) +
sum c_ij k_j / h``. The last stage adds the stage before to its argument and is the error estimate.
"""

NAME = "rodas4"
ORDER = 4
GAMMA = 0.25
STAGES = 6
A: tuple[tuple[float, ...], ...] = (
    (),
    (1.544,),
    (0.9466785280815826, 0.2557011698983284),
    (3.314825187068521, 2.896124015972201, 0.9986419139977817),
    (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950),
)
C: tuple[tuple[float, ...], ...] = (
    (),
    (-5.6688,),
    (-2.430093356833875, -0.2063599157091915),
    (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
    (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
    (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
)
DENSE: tuple[tuple[float, ...], ...] = (
    (10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662, 0.0),
    (-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872, 0.0),
)
