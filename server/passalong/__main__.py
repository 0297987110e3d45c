"""`python -m passalong`."""

from passalong.entry import main

raise SystemExit(main())
