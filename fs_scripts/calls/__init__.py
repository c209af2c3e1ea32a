"""One greenlet a call: it does what the flow orders and tells the ACD and the journal what happened."""
