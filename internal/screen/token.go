package screen

// Token is a secret that is shown once.
type Token struct {
	Text  string // under the title
	Token string
	Back  string // URL of the list
}
