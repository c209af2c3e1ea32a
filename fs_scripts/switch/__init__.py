"""Find, start, stop and furnish a FreeSWITCH of this machine."""
