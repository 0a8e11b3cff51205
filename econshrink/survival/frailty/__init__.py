"""Cox models with a shared frailty."""
