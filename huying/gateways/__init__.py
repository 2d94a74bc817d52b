"""Systems outside of Huying, one folder for each, all of one shape:

* `client`/`platform`: how it is asked, over `gateways.http`, in its own words
* `mapping`: what its words mean in ours
* `views`, `callbacks` or `tasks`: what people see of it, what it tells us, what is done regularly
* `fake`: a server that behaves like the real one, and badly when told to, for tests and for trying out
"""
