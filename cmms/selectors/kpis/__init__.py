"""Maintenance figures: what is asked, the rows behind each figure, the figures, their course by month."""

from cmms.selectors.kpis.course import Course, course_of
from cmms.selectors.kpis.figures import Figure, figures_of
from cmms.selectors.kpis.question import Question
from cmms.selectors.kpis.rows import KINDS, rows_of

__all__ = ["KINDS", "Course", "Figure", "Question", "course_of", "figures_of", "rows_of"]
