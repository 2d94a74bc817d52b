from huying.cli import main

main()
