package screen

// text is the key of the sentence that says what will happen.
func (v VersionPlan) text() string {
	if v.Back {
		return "version.back.text"
	}
	return "version.up.text"
}

// label is the key of the button's words.
func (v VersionPlan) label() string {
	if v.Back {
		return "version.back"
	}
	return "version.up"
}
