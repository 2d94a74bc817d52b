"""Short messages by a platform's HTTP interface: one of our own description (`generic`) or Alibaba Cloud's (`aliyun`).

`channel` is what messages go through, `platform` what a platform is to it; `callbacks` takes receipts and replies,
`codes` knows under which number a template is registered, `views` shows administrators how it goes.
"""
