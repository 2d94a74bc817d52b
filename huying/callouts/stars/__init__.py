"""四维度五星级: what responses to call-outs were like, and how well they were called, as stars.

`computing` is arithmetic alone, `standards` what a district has set, `measured` what each response is measured by,
`league` puts them together for pages; `docs/how-to/stars.md` tells readers the same.
"""

PERMISSION = "callouts.stars"
