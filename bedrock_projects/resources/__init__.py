"""The dynamic resources. Module paths, class names and type tokens here are part of users' state: they stay."""

import gc

# A program and its provider keep to their end what they have imported by now, mainly Pulumi's SDK: no search for
# garbage looks at it again (decision 21).
gc.freeze()
