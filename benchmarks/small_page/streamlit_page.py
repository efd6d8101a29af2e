"""The small page for Streamlit, run by `streamlit run` for each session and each change."""

from __future__ import annotations

import streamlit as st

from benchmarks.small_page import data

st.set_page_config(page_title=data.TITLE, layout="wide")
pupils = st.cache_data(data.load_pupils)()
choice = st.selectbox("Pupils", data.CHOICES)
count = st.empty()
shown = data.choose(pupils, choice)
st.dataframe(shown, height=420, hide_index=True)
st.pyplot(data.draw_venn(shown), width="content")
count.write(data.label(shown))
