package api

import "time"

// NameIn is a path with a name in it.
type NameIn struct {
	Name string `path:"name" maxLength:"64"`
}

// IDIn is a path with an id in it.
type IDIn struct {
	ID string `path:"id" maxLength:"256"`
}

// list is an answer that comes in one part.
type list[T any] struct {
	Items []T `json:"items"`
}

func listOf[T any](items []T, err error) (list[T], error) {
	if items == nil {
		items = []T{}
	}
	return list[T]{items}, err
}

// NewUser is a user to add.
type NewUser struct {
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
	Role     string `json:"role" enum:"admin,operator,viewer"`
}

// UserPatch is what changes of a user.
type UserPatch struct {
	Password string `json:"password,omitempty" maxLength:"1024"`
	Role     string `json:"role,omitempty" enum:"admin,operator,viewer"`
	Disabled *bool  `json:"disabled,omitempty"`
}

// NewToken is a token to make.
type NewToken struct {
	Name string    `json:"name" minLength:"1" maxLength:"64" doc:"What it is for."`
	Role string    `json:"role" enum:"admin,operator,viewer"`
	Ends time.Time `json:"ends,omitempty" doc:"When it stops to work; left out: never."`
}

type userChange struct {
	NameIn
	Body UserPatch
}

type auditIn struct {
	Cursor string `query:"cursor" maxLength:"512"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (s *Server) routePeople() {
	const tag = "Administration"
	add(s, Route{Method: "GET", Path: "/users", Act: ActAdminister, Tag: tag, Summary: "Who can log in", secret: true},
		func(c *call, _ *struct{}) (list[User], error) { return listOf(s.People.Users()) })
	add(s, Route{Method: "POST", Path: "/users", Act: ActAdminister, Tag: tag, Summary: "Add a user", Status: 201, secret: true},
		func(c *call, in *body[NewUser]) (User, error) {
			return s.People.AddUser(c.who, in.Body.Name, in.Body.Password, in.Body.Role)
		})
	add(s, Route{Method: "PATCH", Path: "/users/{name}", Act: ActAdminister, Object: "name", Tag: tag, Summary: "Change a user; what is left out stays", secret: true},
		func(c *call, in *userChange) (User, error) {
			return s.People.ChangeUser(c.who, in.Name, UserChange{Role: in.Body.Role, Password: in.Body.Password, Disabled: in.Body.Disabled})
		})
	do(s, Route{Method: "DELETE", Path: "/users/{name}", Act: ActAdminister, Object: "name", Tag: tag, Summary: "Remove a user"},
		func(c *call, in *NameIn) error { return s.People.RemoveUser(c.who, in.Name) })
	add(s, Route{Method: "GET", Path: "/tokens", Act: ActAdminister, Tag: tag, Summary: "API tokens, without their secrets", secret: true},
		func(c *call, _ *struct{}) (list[Token], error) { return listOf(s.People.Tokens()) })
	add(s, Route{Method: "POST", Path: "/tokens", Act: ActAdminister, Tag: tag, Summary: "Make an API token; its secret is shown this once", Status: 201, secret: true},
		func(c *call, in *body[NewToken]) (Token, error) {
			return s.People.AddToken(c.who, in.Body.Name, in.Body.Role, in.Body.Ends)
		})
	do(s, Route{Method: "DELETE", Path: "/tokens/{id}", Act: ActAdminister, Object: "id", Tag: tag, Summary: "Remove an API token"},
		func(c *call, in *IDIn) error { return s.People.RemoveToken(c.who, in.ID) })
	add(s, Route{Method: "GET", Path: "/audit", Act: ActAudit, Tag: tag, Summary: "Who did what, newest first"},
		func(c *call, in *auditIn) (Page[AuditRecord], error) {
			return pageOf(s.Auditor.Audit(in.Cursor, in.Limit))
		})
}
