"""The report: one story, told as Markdown and as a page that runs every model, with charts/ and a model card.

stage_outputs.py reads what the stages wrote, story.py computes what is told, and pages.py and model_card.py write it.
No other package imports the chart library.
"""
