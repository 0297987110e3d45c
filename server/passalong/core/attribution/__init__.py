"""Attribution: which touches count, how chains of re-shares are paid, what one conversion pays."""
