"""Leave-one-out errors: the formula against fits without each row."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from brainforecast.encoding.ridge import CentredTargets, decompose
from helpers.simulated_encoding import ALPHAS, direct_errors


@pytest.mark.parametrize("n_columns", [8, 29, 60])
def test_leave_one_out_errors_equal_leaving_each_row_out(n_columns):
    """The formula against n fits without the row, intercept included; wide designs fit all rows at small alphas."""
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(30, n_columns)), rng.normal(size=(30, 3)).astype(np.float32)
    design = decompose(X)
    ours = direct_errors(design, ALPHAS).errors(CentredTargets.from_responses(Y.T).Y)
    for index, alpha in enumerate(ALPHAS):
        errors = np.zeros(3)
        for row in range(30):
            rest = np.arange(30) != row
            # the intercept stays the mean of all rows' fit: leave the row out of X and y alike
            model = Ridge(alpha=alpha).fit(X[rest] - X.mean(axis=0), Y[rest])
            errors += (Y[row] - model.predict((X[row] - X.mean(axis=0))[None])[0]) ** 2
        np.testing.assert_allclose(ours[:, index], errors, rtol=1e-4)
