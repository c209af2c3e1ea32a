"""Questions to the store, one module an area: functions that take a Session."""
