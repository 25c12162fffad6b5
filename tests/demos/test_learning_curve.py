"""What is said of the learning curve where it does not behave."""

from demos.learning_curve import more_examples
from demos.page.data_sets import circles


def test_a_gap_that_has_not_shrunk_is_not_said_to_have() -> None:
    """With as many examples at the end as at the beginning, and no training, nothing can change."""
    fresh = circles(200, 9, noise=0.25)
    *_, text = more_examples(fresh, (50, 50), 1, 1, 0.25, seed=0)
    assert "has not shrunk" in str(text)
    assert "agree better" not in str(text)
