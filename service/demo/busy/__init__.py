"""A busy morning at the demo's first store, played by customers and baristas who use nothing but the HTTP API.

Its `rules` say who comes and what they want, by a seed; `wire` sends it, and again until it is answered; `customers`
and `staff` act; `playing` lets time pass; `morning` puts them together.
"""
