"""Streamlit widgets used by several pages."""
