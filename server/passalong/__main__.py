"""`python -m passalong`."""

from passalong.cli import main

raise SystemExit(main())
