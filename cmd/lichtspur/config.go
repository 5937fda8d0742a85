package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Look at the configuration",
	}
	check := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print what is in force, and why",
		Long: `Prints every setting, its value and where the value comes from. A value comes from the first that gives it: the flag,
the environment (LICHTSPUR_ and the name in capitals, with _ for -), the YAML file, the default. Keys of the file that
are not known are errors, with their line. Trusted documents are read and must be ones of the schema. The token is not shown.`,
		Example: `  lichtspur config check
  lichtspur config check --config lichtspur.yaml -o json
  LICHTSPUR_TIMEOUT=30s lichtspur config check`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			o, err := a.questionOptions()
			if err != nil {
				return usage(err)
			}
			if _, err := schema.New(nil, o); err != nil {
				return usage(err)
			}
			l := a.list("setting", "value", "origin")
			a.set.all.VisitAll(func(f *pflag.Flag) {
				if err == nil {
					err = l.add(f.Name, shown(f.Name, f.Value.String()), a.set.origins[f.Name].text)
				}
			})
			if err != nil {
				return err
			}
			return l.close()
		},
	}
	a.set.attach(check.Flags(), servingSettings...)
	c.AddCommand(check)
	return c
}
