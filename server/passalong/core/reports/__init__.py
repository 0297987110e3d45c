"""Attribution models used in reports only; they never pay anybody."""
