"""Tables and queries: functions of a Session and a site. No commit, no HTTP, no business decision."""
