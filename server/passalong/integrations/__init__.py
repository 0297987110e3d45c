"""Shop and payment systems that report orders by themselves: a folder each, which can be deleted as a whole.

Each folder has a pure `mapping.py` with `verify(delivery, secrets)` and `read(payload, settings)`, fixtures after the
system's documentation in `tests/integrations/`, and a README. `systems.py` lists them; `endpoint.py` receives.
"""
