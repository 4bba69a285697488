"""Sizes and durations of trials: patients, events, calendar time, and rules of small designs."""
