"""The call side: everything that talks to FreeSWITCH, under gevent."""
