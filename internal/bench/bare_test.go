//go:build linux

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// dsnVariable tells the bare handler where the database is.
const dsnVariable = "DRAMAC_BENCH_DSN"

// The statements of the bare handler. They make the same JSON of the same
// columns as the platform does, and name the site as every query of a careful
// application does. There is no row security, no role, no revision.
const (
	bareColumns = `id, version, created_at, created_by, updated_at, updated_by, name, category, quantity,
		case when price_amount is not null then json_build_object('amount', price_amount, 'currency', price_currency) end as price,
		offered_on`
	bareList = `select coalesce(json_agg(r), '[]') from (select ` + bareColumns + ` from (select * from bare.product
		where site_id = $1::uuid and deleted_at is null and category = $2::text and quantity >= $3::bigint
		order by price_amount desc, id limit $4::bigint) t) r`
	bareGet = `select (select row_to_json(r) from (select ` + bareColumns + `) r) from bare.product
		where site_id = $1::uuid and id = $2::uuid and deleted_at is null`
	bareCreate = `insert into bare.product
		(site_id, id, created_at, updated_at, name, category, quantity, price_amount, price_currency, offered_on)
		values ($1::uuid, $2::uuid, $3::timestamptz, $3::timestamptz, $4, $5, $6::bigint, $7::bigint, $8, $9::date)
		returning (select row_to_json(r) from (select ` + bareColumns + `) r)`
)

// bare is the least that can answer the same questions: net/http, pgx, and no
// question who asks.
type bare struct{ pool *pgxpool.Pool }

// runBare serves until standard input is closed and says first where.
func runBare() error {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(os.Getenv(dsnVariable))
	if err != nil {
		return err
	}
	config.MaxConns = int32(4 * runtime.NumCPU()) // as the platform's pool
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	h := bare{pool: pool}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{site}/product", h.list)
	mux.HandleFunc("GET /{site}/product/{id}", h.get)
	mux.HandleFunc("POST /{site}/product", h.create)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func (h bare) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	h.answer(w, r, http.StatusOK, bareList, r.PathValue("site"), q.Get("category"), q.Get("quantity"), q.Get("limit"))
}

func (h bare) get(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, http.StatusOK, bareGet, r.PathValue("site"), r.PathValue("id"))
}

func (h bare) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name, Category string
		Quantity       int64
		Price          struct {
			Amount   int64
			Currency string
		}
		OfferedOn string `json:"offered_on"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id, err := uuid.NewV7()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h.answer(w, r, http.StatusCreated, bareCreate, r.PathValue("site"), id.String(), time.Now(),
		in.Name, in.Category, in.Quantity, in.Price.Amount, in.Price.Currency, in.OfferedOn)
}

// answer passes on the JSON that the statement makes.
func (h bare) answer(w http.ResponseWriter, r *http.Request, status int, sql string, args ...any) {
	var body []byte
	if err := h.pool.QueryRow(r.Context(), sql, args...).Scan(&body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
