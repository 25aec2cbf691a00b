"""The network that quality control is woven from: who exists, where, under whom, and what is still missing.

Regions, institutions, specialties and centres; the people of a centre and of an institution's committee; grants, which
say who may see and do what; targets and coverage; published notices taken in and checked. The main noun is the centre:
set up, formal, changed, merged or closed, and every change filed one level up within a month.
"""
