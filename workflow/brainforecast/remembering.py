"""Answers that Snakemake asks for again with each job it plans, remembered: a quarter of the time of a large plan.

A job asks some twenty times for the parameters of the same few functions, and three times for the parts of the address
of its script, for which smart_open makes a new class each time. Neither answer changes while a process runs.
"""

import inspect
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from types import FunctionType, MethodType

import smart_open


def remember() -> None:
    """Put functions that remember in place of `inspect.signature` and `smart_open.parse_uri`, in this process alone."""
    if not hasattr(inspect.signature, "__wrapped__"):
        inspect.signature = remembering_signature(inspect.signature)
        smart_open.parse_uri = cache(smart_open.parse_uri)


def remembering_signature(signature: Callable) -> Callable:
    """`inspect.signature` that remembers what it said of functions and of methods, whatever object these belong to."""
    of_function = lru_cache(1024)(signature)
    of_method = lru_cache(1024)(lambda function: signature(MethodType(function, object())))

    @wraps(signature)
    def remembered(called, **options):
        if options:
            return signature(called, **options)
        if type(called) is FunctionType:
            return of_function(called)
        if type(called) is MethodType and type(called.__func__) is FunctionType:
            return of_method(called.__func__)
        return signature(called)

    return remembered
