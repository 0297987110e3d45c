"""`python -m passalong`."""

from passalong.cli.entry import main

raise SystemExit(main())
