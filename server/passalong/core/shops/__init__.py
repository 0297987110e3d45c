"""Shop and payment systems that report orders by themselves: what they say, in one shape."""
