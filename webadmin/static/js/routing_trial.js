// While a trial runs its page shows how far it is.
"use strict";

setTimeout(() => location.reload(), 1500);
